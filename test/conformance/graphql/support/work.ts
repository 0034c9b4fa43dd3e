import { randomUUID } from "node:crypto";
import type { FormattedExecutionResult } from "graphql";
import { connect, type ConfirmChannel } from "amqplib";
import type { TestGateway } from "../../../harness/gateway.ts";
import type { Operation } from "./operation.ts";
import type { ProtocolSocket } from "./protocol-socket.ts";
import { dataOf, published } from "./user.ts";

/** What workers do: subscribe to deliveries, and settle them. */

export const DELIVERIES = /* GraphQL */ `
  subscription Work(
    $queue: String!
    $prefetch: Int! = 20
    $ack: AckMode! = MANUAL
    $maxAttempts: Int
  ) {
    deliveries(queue: $queue, prefetch: $prefetch, ack: $ack, maxAttempts: $maxAttempts) {
      id
      queue
      attempt
      message {
        exchange
        routingKey
        text
        headers
        redelivered
        properties {
          messageId
          persistent
          priority
          expirationMs
          correlationId
          userId
        }
      }
    }
  }
`;

const DECLARE = "mutation ($input: DeclareQueueInput!) { declareQueue(input: $input) { name } }";
const READY = "query ($name: String!) { queue(name: $name) { messagesReady } }";

export const SETTLE = {
  ack: "mutation Ack($ids: [ID!]!) { ack(deliveryIds: $ids) }",
  nack: "mutation Nack($ids: [ID!]!) { nack(deliveryIds: $ids) }",
  requeue: "mutation Requeue($ids: [ID!]!) { nack(deliveryIds: $ids, requeue: true) }",
  retry:
    "mutation Retry($ids: [ID!]!, $delayMs: Int!) { retry(deliveryIds: $ids, delayMs: $delayMs) }",
} as const;

export interface ReceivedDelivery {
  readonly id: string;
  readonly queue: string;
  readonly attempt: number;
  readonly message: {
    readonly exchange: string;
    readonly routingKey: string;
    readonly text: string;
    readonly headers: Record<string, unknown>;
    readonly redelivered: boolean;
    readonly properties: Record<string, unknown>;
  };
}

/** A new queue; `queueArguments` as AMQP has them. */
export async function declaredQueue(
  gateway: TestGateway,
  queueArguments: Record<string, unknown> = {},
): Promise<string> {
  const name = `work-${randomUUID()}`;
  const { "x-queue-type": type = "classic", ...rest } = queueArguments;
  const input = { name, type: String(type).toUpperCase(), arguments: rest };
  dataOf(await gateway.graphql(DECLARE, { input }));
  return name;
}

/** Messages that wait in it, as the broker counts them at this moment. */
export async function readyIn(gateway: TestGateway, name: string): Promise<number> {
  const { queue } = dataOf(await gateway.graphql(READY, { name }));
  return (queue as { messagesReady: number }).messagesReady;
}

/** Does what AMQP can and GraphQL does not, as somebody else. */
export async function overAmqp<T>(
  url: string,
  act: (channel: ConfirmChannel) => Promise<T>,
): Promise<T> {
  const connection = await connect(url);
  try {
    return await act(await connection.createConfirmChannel());
  } finally {
    await connection.close();
  }
}

/** Publishes texts to a queue, one after the other. */
export async function queued(
  gateway: TestGateway,
  queue: string,
  ...texts: readonly string[]
): Promise<void> {
  for (const text of texts)
    await published(gateway, { exchange: "", routingKey: queue, body: { text }, mandatory: true });
}

export function work(
  socket: ProtocolSocket,
  queue: string,
  variables: Record<string, unknown> = {},
): Operation {
  return socket.subscribe(DELIVERIES, { queue, ...variables });
}

export async function nextDelivery(operation: Operation): Promise<ReceivedDelivery> {
  return dataOf(await operation.next())["deliveries"] as ReceivedDelivery;
}

export async function nextDeliveries(
  operation: Operation,
  count: number,
): Promise<ReceivedDelivery[]> {
  const results = await operation.results.takeMany(count);
  return results.map((result) => dataOf(result)["deliveries"] as ReceivedDelivery);
}

/** Settles over HTTP, whatever the outcome. */
export async function settle(
  gateway: TestGateway,
  how: keyof typeof SETTLE,
  ids: readonly string[],
  variables: Record<string, unknown> = {},
): Promise<FormattedExecutionResult> {
  return await gateway.graphql(SETTLE[how], { ids, ...variables });
}

/** The same, expected to succeed. */
export async function settled(
  gateway: TestGateway,
  how: keyof typeof SETTLE,
  ids: readonly string[],
  variables: Record<string, unknown> = {},
): Promise<void> {
  const [done] = Object.values(dataOf(await settle(gateway, how, ids, variables)));
  if (JSON.stringify(done) !== JSON.stringify(ids)) throw new Error(`${how}: ${String(done)}`);
}
