import type { FieldTable } from "../field-table.ts";
import { IncomingBody } from "../incoming-body.ts";
import type { IncomingMessage, MessageProperties } from "../message.ts";
import { receivedFieldTable } from "./field-values.ts";
import type { StoredMessage } from "./stored-message.ts";

/** One consumer's own copy of a message, made as far as it asks for it and no further. */
export class EmbeddedDelivery extends IncomingBody implements IncomingMessage {
  readonly redelivered: boolean;
  readonly #stored: StoredMessage;
  readonly #received = Date.now();
  #body?: Buffer;
  #headers?: FieldTable;

  constructor(stored: StoredMessage, redelivered: boolean) {
    super();
    this.redelivered = redelivered;
    this.#stored = stored;
  }

  get exchange(): string {
    return this.#stored.exchange;
  }

  get routingKey(): string {
    return this.#stored.routingKey;
  }

  get body(): Buffer {
    return (this.#body ??= Buffer.from(this.#stored.body));
  }

  get headers(): FieldTable {
    return (this.#headers ??= receivedFieldTable(this.#stored.headers));
  }

  get properties(): MessageProperties {
    const { properties } = this.#stored;
    return properties.timestamp
      ? { ...properties, timestamp: new Date(properties.timestamp) }
      : properties;
  }

  get receivedAt(): Date {
    return new Date(this.#received);
  }
}
