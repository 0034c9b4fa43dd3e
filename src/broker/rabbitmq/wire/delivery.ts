import { fieldTable, type FieldTable } from "../../field-table.ts";
import type { MessageProperties } from "../../message.ts";
import { readHeaders, readProperties } from "./content-header-reader.ts";
import { WireReader } from "./wire-reader.ts";

/** A message as the broker sent it (AMQP 0-9-1 section 4.2.6), read as far as somebody asks and no further. */
export class Delivery {
  /** Known to its own channel alone (section 2.3.5). 0 of one that was returned. */
  readonly tag: number;
  readonly redelivered: boolean;
  readonly body: Buffer;
  readonly #method: Buffer;
  readonly #exchangeAt: number;
  readonly #header: Buffer;
  readonly #propertiesAt: number;
  readonly #propertiesEnd: number;
  #exchange: string | undefined;
  #routingKey: string | undefined;
  #properties: MessageProperties | undefined;
  /** Null where they cannot be read. */
  #headers: FieldTable | null | undefined;

  /**
   * The names of the exchange and the routing key are short strings at `exchangeAt` of `method`, the properties
   * in `header` from their flags on.
   */
  constructor(
    tag: number,
    redelivered: boolean,
    method: Buffer,
    exchangeAt: number,
    header: Buffer,
    propertiesAt: number,
    propertiesEnd: number,
    body: Buffer,
  ) {
    this.tag = tag;
    this.redelivered = redelivered;
    this.body = body;
    this.#method = method;
    this.#exchangeAt = exchangeAt;
    this.#header = header;
    this.#propertiesAt = propertiesAt;
    this.#propertiesEnd = propertiesEnd;
  }

  get exchange(): string {
    return (this.#exchange ??= this.#names().shortString());
  }

  get routingKey(): string {
    if (this.#routingKey !== undefined) return this.#routingKey;
    const names = this.#names();
    names.skip(names.octet());
    return (this.#routingKey = names.shortString());
  }

  /** As far as they can be read. */
  get properties(): MessageProperties {
    return (this.#properties ??= readProperties(this.#fields()));
  }

  /** Empty where there are none, or none that can be read. */
  get headers(): FieldTable {
    return this.#readHeaders() ?? fieldTable();
  }

  /** There are some, and they are no field table, or one nested too deep. */
  get hasUnreadableHeaders(): boolean {
    return this.#readHeaders() === null;
  }

  #readHeaders(): FieldTable | null {
    if (this.#headers === undefined) this.#headers = readHeaders(this.#fields()) ?? null;
    return this.#headers;
  }

  #names(): WireReader {
    return new WireReader(this.#method, this.#exchangeAt);
  }

  #fields(): WireReader {
    return new WireReader(this.#header, this.#propertiesAt, this.#propertiesEnd);
  }
}
