import type { OutgoingMessage } from "./message.ts";

/** The broker has taken responsibility for the message (RabbitMQ, "Publisher Confirms"). */
export interface PublishReceipt {
  readonly messageId: string;
  readonly exchange: string;
  readonly routingKey: string;
  readonly persistent: boolean;
  /** False: no queue received it. */
  readonly routed: boolean;
}

export function receiptOf(message: OutgoingMessage, routed: boolean): PublishReceipt {
  const { exchange, routingKey, properties } = message;
  const { messageId, persistent } = properties;
  return { messageId, exchange, routingKey, persistent, routed };
}
