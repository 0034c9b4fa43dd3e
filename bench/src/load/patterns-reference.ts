import { setTimeout as delay } from "node:timers/promises";
import { benchBody } from "../wire/bench-message.ts";
import { keepPace } from "./pace.ts";
import { MATCHING, patternSet } from "./pattern-set.ts";
import type { Patterns, PatternsTask } from "./patterns.ts";
import { ask, hearDone } from "./program-client.ts";
import { Progress } from "./progress.ts";
import { Source } from "./source.ts";
import { beginStretch } from "./stretch.ts";

const DEADLINE_MS = 120_000;

/** The same work as `patterns`, done by the program amqp-patterns: queues and a channel, and no WebSockets. */
export async function patternsReference(task: PatternsTask): Promise<Patterns> {
  const source = await Source.open(task.amqpUrl, task.exchange);
  const progress = new Progress();
  const { patterns, keys } = patternSet(task.patterns);
  let total = 0;
  let onTotal: (() => void) | undefined;
  const { exchange, churning, measureMs, port } = task;
  const { setUpMs } = await ask<{ setUpMs: number }>(port, "/set-up", { exchange, patterns });
  const hearNoMore = await hearDone(port, {
    done: (messages) => {
      total += messages;
      onTotal?.();
      progress.made();
    },
    failed: (why) => progress.fail(why),
  });
  try {
    const pacer = keepPace(task, (number) =>
      source.publish(keys[number % keys.length] ?? "", benchBody(task.bodyBytes, number)),
    );
    onTotal = () => pacer.arrived(Math.floor(total / MATCHING));
    await delay(task.warmUpMs);
    const endStretch = beginStretch(task.pids, () => total);
    await delay(measureMs);
    const work = endStretch();
    const expected = pacer.stop() * MATCHING;
    await progress.until(
      () => total >= expected,
      DEADLINE_MS,
      () => `of ${expected} deliveries ${total} have arrived`,
    );
    if (total !== expected) throw new Error(`${total} deliveries instead of ${expected}`);
    await ask(port, "/tear-down", {});
    const { cyclesPerSecond } = await ask<{ cyclesPerSecond: number }>(port, "/churn", {
      exchange,
      churning,
      measureMs,
    });
    return { ...work, setUpMs: setUpMs / patterns.length, cyclesPerSecond };
  } finally {
    hearNoMore();
    await source.close();
  }
}
