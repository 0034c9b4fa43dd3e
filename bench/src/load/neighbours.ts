import { setTimeout as delay } from "node:timers/promises";
import { benchBody, ROUTING_KEY } from "../wire/bench-message.ts";
import { Audience, type AudienceOptions } from "./audience.ts";
import { keepPace } from "./pace.ts";
import { quantile } from "./quantile.ts";
import { Source } from "./source.ts";

export interface NeighboursTask extends AudienceOptions {
  readonly amqpUrl: string;
  readonly exchange: string;
  readonly perSecond: number;
  /** Whether one more subscriber of the same has stopped reading before the others come. */
  readonly besideStopped: boolean;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** From the moment a message is given to be published to its arrival at each subscriber. */
export interface Neighbours {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly deliveries: number;
}

/**
 * What fills the sockets of a reader that has stopped and its place in the gateway, so that messages for
 * it are dropped; less than what makes rabbitql cut the connection.
 */
const FILL_BYTES = 8 * 1024 * 1024;
const FILL_PER_SECOND = 5_000;
const SETTLE_MS = 500;

/**
 * The latency of subscribers that read. No frame is read for it: what a subscriber counts next is the message
 * after its last. Rejects where one of them has not received every message exactly once.
 */
export async function neighbours(task: NeighboursTask): Promise<Neighbours> {
  const source = await Source.open(task.amqpUrl, task.exchange);
  const publish = (body: Buffer) => source.publish(ROUTING_KEY, body);
  const first = new Audience({ ...task, subscribers: 1 });
  const healthy = new Audience(task);
  const sent: number[] = [];
  const took: number[] = [];
  try {
    const before = await fill(first, task, publish);
    if (!task.besideStopped) first.close();
    await healthy.ask();
    await healthy.live(publish);
    await healthy.start(publish);
    let measuredFrom = Infinity;
    healthy.onCounted = ({ count }, messages) => {
      const now = performance.now();
      for (let number = Math.max(count - messages, measuredFrom); number < count; number++)
        took.push(now - (sent[number] ?? Number.NaN));
    };
    const pacer = keepPace(task, (number) => {
      sent.push(performance.now());
      publish(benchBody(task.bodyBytes, number));
    });
    await delay(task.warmUpMs);
    measuredFrom = sent.length;
    await delay(task.measureMs);
    const published = pacer.stop();
    await healthy.complete(published);
    if (task.besideStopped) await stoodInTheWay(first, before + published);
    return {
      p50Ms: quantile(took, 0.5),
      p99Ms: quantile(took, 0.99),
      deliveries: took.length,
    };
  } finally {
    healthy.close();
    first.close();
    await source.close();
  }
}

/**
 * Sends to the first subscriber alone, which stops reading where it is to; where not, the gateway has had the same
 * work before it is measured. Resolves with how many messages there were.
 */
async function fill(
  reader: Audience,
  { bodyBytes, besideStopped }: NeighboursTask,
  publish: (body: Buffer) => void,
): Promise<number> {
  await reader.ask();
  await reader.live(publish);
  await reader.start(publish);
  if (besideStopped) for (const { connection } of reader.subscribers) connection.pause();
  const pacer = keepPace({ perSecond: FILL_PER_SECOND }, (number) =>
    publish(benchBody(bodyBytes, number)),
  );
  await delay((FILL_BYTES / bodyBytes / FILL_PER_SECOND) * 1000);
  const published = pacer.stop();
  await delay(SETTLE_MS);
  return published;
}

/** Rejects where the reader that had stopped was cut, and where nothing of `messages` was dropped for it. */
async function stoodInTheWay(reader: Audience, messages: number): Promise<void> {
  for (const { connection } of reader.subscribers) connection.resume();
  await delay(SETTLE_MS);
  reader.check();
  if (reader.total >= messages) throw new Error("nothing was dropped for the reader that stopped");
}
