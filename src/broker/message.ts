import type { FieldTable } from "./field-table.ts";

/** The properties of AMQP 0-9-1's basic class (section 1.8.1), with units in the names. */
export interface MessageProperties {
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  /** Delivery mode 2: written to disk where the queue is durable. */
  readonly persistent: boolean;
  /** 0 to 255. */
  readonly priority?: number | undefined;
  readonly correlationId?: string | undefined;
  readonly replyTo?: string | undefined;
  /** How long the message may wait in a queue, in milliseconds. */
  readonly expirationMs?: number | undefined;
  readonly messageId?: string | undefined;
  /** AMQP keeps whole seconds. */
  readonly timestamp?: Date | undefined;
  readonly type?: string | undefined;
  /** RabbitMQ refuses any but the user of the publishing connection. */
  readonly userId?: string | undefined;
  readonly appId?: string | undefined;
}

/** A message on its way to an exchange, checked and complete. */
export interface OutgoingMessage {
  /** `""` is the default exchange: the routing key names a queue. */
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Uint8Array;
  readonly headers: Readonly<FieldTable>;
  readonly properties: MessageProperties & { readonly messageId: string };
}

/** A message as the broker delivered it. */
export interface IncomingMessage {
  /** The exchange it was published to. */
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Buffer;
  /** The body as text; null where it is not UTF-8. */
  readonly text: string | null;
  /** The body as JSON; null where it is not. */
  readonly json: unknown;
  /** The text that `JSON.stringify` makes of `json`, where the body is that already; else null. */
  readonly jsonText: string | null;
  /** Read when first asked for, and once: most subscriptions never do. */
  readonly headers: Readonly<FieldTable>;
  /** It has headers that cannot be read, so that `headers` is empty. */
  readonly hasUnreadableHeaders?: boolean;
  readonly properties: MessageProperties;
  /** The broker has delivered it before, to this consumer or to another. */
  readonly redelivered: boolean;
  readonly receivedAt: Date;
}
