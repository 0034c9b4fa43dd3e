import { setTimeout as delay } from "node:timers/promises";
import { openLine, type LineOptions } from "./latency-lines.ts";
import { keepPace } from "./pace.ts";
import { Progress } from "./progress.ts";
import { quantile } from "./quantile.ts";

export interface LatencyTask extends LineOptions {
  readonly perSecond: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** From the moment a message is given to be published to its arrival at the one subscriber. */
export interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly messages: number;
}

const DEADLINE_MS = 20_000;

/** Rejects where a message does not arrive exactly once. */
export async function latency(task: LatencyTask): Promise<Latency> {
  const sent = new Map<number, number>();
  const took: number[] = [];
  const progress = new Progress();
  const line = await openLine(task, {
    arrived: (number) => {
      const start = sent.get(number);
      if (start === undefined) progress.fail(new Error(`message ${number} came twice, or unasked`));
      else took.push(performance.now() - start);
      sent.delete(number);
      progress.made();
    },
    failed: (why) => progress.fail(why),
  });
  try {
    const pacer = keepPace(task, (number) => {
      sent.set(number, performance.now());
      line.publish(number);
    });
    await delay(task.warmUpMs);
    const before = took.length;
    await delay(task.measureMs);
    pacer.stop();
    await progress.until(
      () => sent.size === 0,
      DEADLINE_MS,
      () => `${sent.size} messages have not arrived`,
    );
    const measured = took.slice(before);
    return {
      p50Ms: quantile(measured, 0.5),
      p99Ms: quantile(measured, 0.99),
      messages: measured.length,
    };
  } finally {
    await line.close();
  }
}
