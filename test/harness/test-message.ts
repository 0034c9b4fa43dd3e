import { fieldTable, type FieldTable } from "../../src/broker/field-table.ts";
import { IncomingBody } from "../../src/broker/incoming-body.ts";
import type { IncomingMessage, MessageProperties } from "../../src/broker/message.ts";

export interface MessageParts {
  readonly exchange?: string;
  readonly routingKey?: string;
  /** Text stands for its UTF-8 bytes. */
  readonly body?: Buffer | string;
  readonly headers?: FieldTable;
  readonly properties?: MessageProperties;
  readonly redelivered?: boolean;
  readonly receivedAt?: Date;
}

/** A message that no broker delivered; what a test leaves out matters to it as little as here. */
export class TestMessage extends IncomingBody implements IncomingMessage {
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Buffer;
  readonly headers: FieldTable;
  readonly properties: MessageProperties;
  readonly redelivered: boolean;
  readonly receivedAt: Date;

  constructor(parts: MessageParts = {}) {
    super();
    this.exchange = parts.exchange ?? "amq.topic";
    this.routingKey = parts.routingKey ?? "";
    this.body = Buffer.from(parts.body ?? "");
    this.headers = parts.headers ?? fieldTable();
    this.properties = parts.properties ?? { persistent: true };
    this.redelivered = parts.redelivered ?? false;
    this.receivedAt = parts.receivedAt ?? new Date();
  }
}
