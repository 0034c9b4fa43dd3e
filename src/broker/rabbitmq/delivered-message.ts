import type { ConsumeMessage } from "amqplib";
import type { FieldTable } from "../field-table.ts";
import { IncomingBody } from "../incoming-body.ts";
import type { IncomingMessage, MessageProperties } from "../message.ts";
import { decodeFieldTable } from "./field-table-codec.ts";

/** A delivery of amqplib's, read as far as somebody asks and no further. */
export class DeliveredMessage extends IncomingBody implements IncomingMessage {
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Buffer;
  readonly redelivered: boolean;
  readonly #received = Date.now();
  readonly #raw: ConsumeMessage;
  #headers?: FieldTable;
  #properties?: MessageProperties;

  constructor(raw: ConsumeMessage) {
    super();
    this.#raw = raw;
    this.exchange = raw.fields.exchange;
    this.routingKey = raw.fields.routingKey;
    this.body = raw.content;
    this.redelivered = raw.fields.redelivered;
  }

  get receivedAt(): Date {
    return new Date(this.#received);
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
