import { setTimeout as delay } from "node:timers/promises";
import { connect, type Channel } from "amqplib";
import { benchBody } from "../wire/bench-message.ts";
import { DeliveryClient, type DeliveryClientListener } from "./delivery-client.ts";
import { keepPace } from "./pace.ts";
import { ask, hearDone } from "./program-client.ts";
import { Progress } from "./progress.ts";
import type { GraphQLSocketAddress } from "./socket-client.ts";
import { beginStretch, type Work } from "./stretch.ts";

export interface DeliveringTask {
  readonly amqpUrl: string;
  readonly queue: string;
  /** Where a client takes them; or the port of a program that takes them by itself. */
  readonly taking: GraphQLSocketAddress | { readonly programPort: number };
  readonly prefetch: number;
  /** Deliveries that a client acknowledges with one mutation. */
  readonly batch: number;
  /** Messages in the queue or in hands at a time. */
  readonly inFlight: number;
  readonly bodyBytes: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly pids: readonly number[];
}

/** Whoever takes the messages and acknowledges them. */
interface Worker {
  /** So many messages will have been published in all. */
  finish(messages: number): void;
  /** Resolves when it consumes no more, or is about to stop by itself. */
  close(): Promise<void>;
}

const DEADLINE_MS = 60_000;
const LOOK_INTERVAL_MS = 20;

/**
 * Keeps a durable queue filled for one worker, which acknowledges what it takes. Rejects where not exactly
 * what was published has been acknowledged, and where anything is left in the queue.
 */
export async function delivering(task: DeliveringTask): Promise<Work> {
  const connection = await connect(task.amqpUrl, { noDelay: true });
  const channel = await connection.createChannel();
  await channel.assertQueue(task.queue, { durable: true });
  const progress = new Progress();
  let acknowledged = 0;
  let onAcknowledged: (() => void) | undefined;
  const listener = {
    acknowledged: (messages: number) => {
      acknowledged += messages;
      onAcknowledged?.();
      progress.made();
    },
    failed: (why: Error) => progress.fail(why),
  };
  try {
    const { taking } = task;
    const worker = await ("programPort" in taking
      ? program(taking.programPort, task, listener)
      : client(taking, task, listener));
    try {
      const properties = { contentType: "application/json" };
      const pacer = keepPace(task, (number) =>
        channel.sendToQueue(task.queue, benchBody(task.bodyBytes, number), properties),
      );
      onAcknowledged = () => pacer.arrived(acknowledged);
      await delay(task.warmUpMs);
      progress.check();
      const endStretch = beginStretch(task.pids, () => acknowledged);
      await delay(task.measureMs);
      const work = endStretch();
      const published = pacer.stop();
      worker.finish(published);
      await progress.until(
        () => acknowledged >= published,
        DEADLINE_MS,
        () => `of ${published} messages ${acknowledged} are acknowledged`,
      );
      await worker.close();
      await isEmpty(channel, task.queue);
      progress.check();
      if (acknowledged !== published)
        throw new Error(`${acknowledged} messages were acknowledged instead of ${published}`);
      return work;
    } finally {
      await worker.close();
    }
  } finally {
    await channel.deleteQueue(task.queue);
    await connection.close();
  }
}

async function client(
  address: GraphQLSocketAddress,
  { queue, prefetch, batch }: DeliveringTask,
  listener: DeliveryClientListener,
): Promise<Worker> {
  const taking = new DeliveryClient({ address, queue, prefetch, batch }, listener);
  return { finish: (messages) => taking.finish(messages), close: async () => taking.close() };
}

async function program(
  port: number,
  { queue, prefetch }: DeliveringTask,
  listener: DeliveryClientListener,
): Promise<Worker> {
  const hearNoMore = await hearDone(port, {
    done: (messages) => listener.acknowledged(messages),
    failed: (why) => listener.failed(why),
  });
  await ask(port, "/consume", { queue, prefetch });
  let closed: Promise<void> | undefined;
  const close = async () => {
    await ask(port, "/stop", {});
    hearNoMore();
  };
  return { finish: () => {}, close: () => (closed ??= close()) };
}

/** Resolves when nobody consumes the queue any more; rejects where something is in it then, given back for one. */
async function isEmpty(channel: Channel, queue: string): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const { consumerCount, messageCount } = await channel.checkQueue(queue);
    if (consumerCount === 0) {
      if (messageCount > 0) throw new Error(`${messageCount} messages are left in the queue`);
      return;
    }
    if (performance.now() > deadline) throw new Error("the queue is still consumed");
    await delay(LOOK_INTERVAL_MS);
  }
}
