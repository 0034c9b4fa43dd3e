import { setTimeout as delay } from "node:timers/promises";
import { benchBody, ROUTING_KEY } from "../wire/bench-message.ts";
import { Audience, type AudienceOptions } from "./audience.ts";
import { keepPace, type Pace } from "./pace.ts";
import { Source } from "./source.ts";
import { beginStretch, type Work } from "./stretch.ts";

export interface FanOutTask extends AudienceOptions {
  readonly amqpUrl: string;
  readonly exchange: string;
  readonly pace: Pace;
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** Whose CPU time is taken. */
  readonly pids: readonly number[];
}

/**
 * Publishes to all subscribers over AMQP and counts what arrives. Rejects where any of them has not
 * received every message exactly once.
 */
export async function fanOut(task: FanOutTask): Promise<Work> {
  const source = await Source.open(task.amqpUrl, task.exchange);
  const audience = new Audience(task);
  const publish = (body: Buffer) => source.publish(ROUTING_KEY, body);
  try {
    await audience.ask();
    await audience.live(publish);
    await audience.start(publish);
    const pacer = keepPace(task.pace, (number) => publish(benchBody(task.bodyBytes, number)));
    audience.onCounted = () => pacer.arrived(Math.floor(audience.total / task.subscribers));
    await delay(task.warmUpMs);
    const endStretch = beginStretch(task.pids, () => audience.total);
    await delay(task.measureMs);
    const work = endStretch();
    await audience.complete(pacer.stop());
    return work;
  } finally {
    audience.close();
    await source.close();
  }
}
