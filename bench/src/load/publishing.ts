import { setTimeout as delay } from "node:timers/promises";
import { connect } from "amqplib";
import type { GraphQLRequest } from "../wire/operations.ts";
import { keepSending } from "./keep-sending.ts";
import { publishClients, type PublishAddress } from "./publish-clients.ts";
import { quantile } from "./quantile.ts";
import { beginStretch, type Work } from "./stretch.ts";

export interface PublishingTask {
  readonly amqpUrl: string;
  readonly exchange: string;
  readonly address: PublishAddress;
  readonly clients: number;
  /** A GraphQL request, or what else the target takes. */
  readonly request: GraphQLRequest | object;
  readonly messagesPerRequest: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly pids: readonly number[];
}

export interface Publishing extends Work {
  /** From request to answer. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/**
 * Clients that publish, each its next message when the last is answered. Rejects where an answer is a
 * failure, and where the messages in the queue are not as many as were answered for.
 */
export async function publishing(task: PublishingTask): Promise<Publishing> {
  const connection = await connect(task.amqpUrl, { noDelay: true });
  const channel = await connection.createChannel();
  await channel.assertExchange(task.exchange, "topic", { durable: false });
  const { queue } = await channel.assertQueue("", { exclusive: true, durable: false });
  await channel.bindQueue(queue, task.exchange, "#");
  const clients = await publishClients(task.address, task.clients, () => task.request);
  const latencies: number[] = [];
  let answered = 0;
  const stop = new AbortController();
  try {
    const working = Promise.all(
      clients.sends.map((send) =>
        keepSending(send, stop.signal, (answer, latencyMs) => {
          if (answer.includes('"errors"') || answer.includes('"routed":false'))
            throw new Error(`a publish was answered with ${answer}`);
          answered += task.messagesPerRequest;
          latencies.push(latencyMs);
        }),
      ),
    );
    await Promise.race([delay(task.warmUpMs), working]);
    latencies.length = 0;
    const endStretch = beginStretch(task.pids, () => answered);
    await Promise.race([delay(task.measureMs), working]);
    const work = endStretch();
    stop.abort();
    await working;
    const { messageCount } = await channel.purgeQueue(queue);
    if (messageCount !== answered)
      throw new Error(`${answered} messages were answered for, and ${messageCount} arrived`);
    return { ...work, p50Ms: quantile(latencies, 0.5), p99Ms: quantile(latencies, 0.99) };
  } finally {
    clients.close();
    await connection.close();
  }
}
