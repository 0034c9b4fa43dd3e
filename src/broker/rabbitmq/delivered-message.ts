import type { ConsumeMessage } from "amqplib";
import type { FieldTable } from "../field-table.ts";
import { IncomingBody } from "../incoming-body.ts";
import type { IncomingMessage, MessageProperties } from "../message.ts";
import { decodeFieldTable } from "./field-table-codec.ts";

/** A delivery of amqplib's, read as far as somebody asks and no further. */
export class DeliveredMessage extends IncomingBody implements IncomingMessage {
  readonly #raw: ConsumeMessage;
  readonly #receivedMs: number;
  #headers?: FieldTable;
  #properties?: MessageProperties;

  /** `receivedMs`: milliseconds since 1970, as Date has them. */
  constructor(raw: ConsumeMessage, receivedMs: number) {
    super();
    this.#raw = raw;
    this.#receivedMs = receivedMs;
  }

  get exchange(): string {
    return this.#raw.fields.exchange;
  }

  get routingKey(): string {
    return this.#raw.fields.routingKey;
  }

  get body(): Buffer {
    return this.#raw.content;
  }

  get redelivered(): boolean {
    return this.#raw.fields.redelivered;
  }

  get receivedAt(): Date {
    return new Date(this.#receivedMs);
  }

  get headers(): FieldTable {
    return (this.#headers ??= decodeFieldTable(this.#raw.properties.headers));
  }

  get properties(): MessageProperties {
    return (this.#properties ??= readProperties(this.#raw.properties));
  }
}

function readProperties(raw: ConsumeMessage["properties"]): MessageProperties {
  return {
    contentType: raw.contentType,
    contentEncoding: raw.contentEncoding,
    persistent: raw.deliveryMode === 2,
    priority: raw.priority,
    correlationId: raw.correlationId,
    replyTo: raw.replyTo,
    expirationMs: raw.expiration === undefined ? undefined : Number(raw.expiration),
    messageId: raw.messageId,
    timestamp: dateOf(raw.timestamp),
    type: raw.type,
    userId: raw.userId,
    appId: raw.appId,
  };
}

/** Publishers that count in other units than AMQP's seconds may be beyond what RFC 3339 can write. */
function dateOf(seconds: unknown): Date | undefined {
  const date = new Date(Number(seconds) * 1000);
  return date.getUTCFullYear() <= 9999 ? date : undefined;
}
