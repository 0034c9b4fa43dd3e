import { setTimeout as delay } from "node:timers/promises";
import { benchBody, ROUTING_KEY } from "../wire/bench-message.ts";
import { Audience, type AudienceOptions } from "./audience.ts";
import { memoryAfterCollection, memoryKib, type Held } from "./memory.ts";
import { keepPace } from "./pace.ts";
import { Source } from "./source.ts";

export interface StoppedReaderTask extends Omit<AudienceOptions, "subscribers"> {
  readonly amqpUrl: string;
  readonly exchange: string;
  readonly perSecond: number;
  readonly measureMs: number;
  readonly pids: readonly number[];
  /** Those of `pids` that collect their garbage at SIGUSR2. */
  readonly collectable: readonly number[];
}

export interface StoppedReader {
  /** The highest memory with the stopped reader, beyond the highest without. */
  readonly peakGrowthMib: number;
  /** What is held once the garbage is collected, beyond what was held without. */
  readonly heldGrowthMib: number;
  /** The same by the process's own count: without the room that its allocators keep. */
  readonly reachableGrowthMib: number;
}

const SAMPLE_MS = 100;

/**
 * One reader that reads, first alone and then beside one that has stopped: what does the second cost?
 * Rejects where the first has not received every message exactly once.
 */
export async function stoppedReader(task: StoppedReaderTask): Promise<StoppedReader> {
  const source = await Source.open(task.amqpUrl, task.exchange);
  let published = 0;
  const publish = (body: Buffer) => {
    published++;
    source.publish(ROUTING_KEY, body);
  };
  const reader = new Audience({ ...task, subscribers: 1 });
  const stopped = new Audience({ ...task, subscribers: 1 });
  try {
    await reader.ask();
    await reader.live(publish);
    await reader.start(publish);
    // From here on the reader counts: whatever is published, marks for the other one too.
    published = 0;
    const everything = () => reader.complete(published);
    // The first time, everything that work makes grow once grows.
    await underLoad(task, publish, everything);
    const alone = await underLoad(task, publish, everything);
    await stopped.ask();
    await stopped.live(publish);
    for (const { connection } of stopped.subscribers) connection.pause();
    const beside = await underLoad(task, publish, everything);
    return {
      peakGrowthMib: (beside.peakKib - alone.peakKib) / 1024,
      heldGrowthMib: (beside.heldKib - alone.heldKib) / 1024,
      reachableGrowthMib: (beside.reachableKib - alone.reachableKib) / 1024,
    };
  } finally {
    reader.close();
    stopped.close();
    await source.close();
  }
}

async function underLoad(
  task: StoppedReaderTask,
  publish: (body: Buffer) => void,
  everything: () => Promise<void>,
): Promise<Held & { peakKib: number }> {
  let peakKib = 0;
  const sampling = setInterval(() => {
    peakKib = Math.max(peakKib, memoryKib(task.pids));
  }, SAMPLE_MS);
  try {
    const pacer = keepPace(task, (number) => publish(benchBody(task.bodyBytes, number)));
    await delay(task.measureMs);
    pacer.stop();
    await everything();
  } finally {
    clearInterval(sampling);
  }
  return { peakKib, ...(await memoryAfterCollection(task.pids, task.collectable)) };
}
