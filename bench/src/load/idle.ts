import { setTimeout as delay } from "node:timers/promises";
import { ROUTING_KEY } from "../wire/bench-message.ts";
import { Audience, type AudienceOptions } from "./audience.ts";
import { memoryAfterCollection } from "./memory.ts";
import { Source } from "./source.ts";

export interface IdleTask extends AudienceOptions {
  readonly amqpUrl: string;
  readonly exchange: string;
  readonly pids: readonly number[];
  /** Those of `pids` that collect their garbage at SIGUSR2. */
  readonly collectable: readonly number[];
}

/** So many come and go before the first look, for all code to have run once. */
const BEFORE = 50;

/** V8 gives back the room that a rush has taken after some seconds of quiet; idle is what comes after. */
const IDLE_FOR_MS = 10_000;

/** What a subscriber costs that is connected, live, and receives nothing. */
export interface IdleMemory {
  readonly kibPerSubscriber: number;
}

export async function idle(task: IdleTask): Promise<IdleMemory> {
  const source = await Source.open(task.amqpUrl, task.exchange);
  const publish = (body: Buffer) => source.publish(ROUTING_KEY, body);
  const audienceOf = async (subscribers: number) => {
    const audience = new Audience({ ...task, subscribers });
    try {
      await audience.ask();
      await audience.live(publish);
      await audience.start(publish);
    } catch (error) {
      audience.close();
      throw error;
    }
    return audience;
  };
  try {
    (await audienceOf(BEFORE)).close();
    await delay(IDLE_FOR_MS);
    const before = await memoryAfterCollection(task.pids, task.collectable);
    const audience = await audienceOf(task.subscribers);
    try {
      await delay(IDLE_FOR_MS);
      const after = await memoryAfterCollection(task.pids, task.collectable);
      audience.check();
      return { kibPerSubscriber: (after.heldKib - before.heldKib) / task.subscribers };
    } finally {
      audience.close();
    }
  } finally {
    await source.close();
  }
}
