import { randomUUID } from "node:crypto";
import type { ConfirmChannel } from "amqplib";
import type { PublishInput } from "../wire/operations.ts";

export interface Receipt {
  readonly messageId: string;
  readonly routed: boolean;
}

/** Publishes one message and resolves when the broker has confirmed it. */
export type Publish = (input: PublishInput) => Promise<Receipt>;

/**
 * The least there is to a confirmed publish: no `mandatory`, so nothing is known of routing, and an id
 * that only the receipt has.
 */
export function leastPublisher(channel: ConfirmChannel): Publish {
  return ({ exchange, routingKey, body, properties }) =>
    new Promise((resolve, reject) => {
      channel.publish(
        exchange,
        routingKey,
        Buffer.from(JSON.stringify(body.json)),
        { contentType: "application/json", persistent: properties.persistent },
        (error: unknown) => {
          if (error) reject(new Error("the broker refused a message"));
          else resolve({ messageId: "", routed: true });
        },
      );
    });
}

/**
 * The same message as the gateway's contract has it: an id, a timestamp, and `mandatory`, so that the receipt
 * can say whether a queue was bound.
 */
export function fullPublisher(channel: ConfirmChannel): Publish {
  const returned = new Set<string>();
  channel.on("return", ({ properties }) => returned.add(String(properties.messageId)));
  return ({ exchange, routingKey, body, properties }) =>
    new Promise((resolve, reject) => {
      const messageId = randomUUID();
      channel.publish(
        exchange,
        routingKey,
        Buffer.from(JSON.stringify(body.json)),
        {
          contentType: "application/json",
          persistent: properties.persistent,
          mandatory: true,
          messageId,
          timestamp: Math.floor(Date.now() / 1000),
        },
        (error: unknown) => {
          if (error) reject(new Error("the broker refused a message"));
          // RabbitMQ sends basic.return before the confirm of the same message.
          else resolve({ messageId, routed: !returned.delete(messageId) });
        },
      );
    });
}
