import { setTimeout as delay } from "node:timers/promises";
import { benchBody } from "../wire/bench-message.ts";
import { FeedSocket } from "./feed-socket.ts";
import { keepPace } from "./pace.ts";
import { MATCHING, patternSet } from "./pattern-set.ts";
import { Progress } from "./progress.ts";
import { queuesGone } from "./queues-gone.ts";
import { Source } from "./source.ts";
import { beginStretch, type Work } from "./stretch.ts";

export interface PatternsTask {
  readonly amqpUrl: string;
  readonly managementUrl: string;
  /** What the names of the gateway's queues begin with. */
  readonly queuePrefix: string;
  readonly exchange: string;
  readonly port: number;
  readonly path: string;
  readonly patterns: number;
  readonly bodyBytes: number;
  readonly inFlight: number;
  /** Subscriptions that come and go at a time. */
  readonly churning: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly pids: readonly number[];
}

export interface Patterns extends Work {
  /** From the first `subscribe` to the last subscription being live, for each of them. */
  readonly setUpMs: number;
  /** Subscriptions that came, went live and went again, until the last queue was gone. */
  readonly cyclesPerSecond: number;
}

const DEADLINE_MS = 120_000;

/** A socket a pattern. Rejects where a subscription does not receive exactly what its pattern matches. */
export async function patterns(task: PatternsTask): Promise<Patterns> {
  const source = await Source.open(task.amqpUrl, task.exchange);
  const progress = new Progress();
  const set = patternSet(task.patterns);
  let total = 0;
  let onTotal: (() => void) | undefined;
  const sockets = set.patterns.map(
    () =>
      new FeedSocket(task, {
        changed: () => progress.made(),
        counted: (messages) => {
          total += messages;
          onTotal?.();
          progress.made();
        },
        failed: (why) => progress.fail(why),
      }),
  );
  const all = (condition: (socket: FeedSocket) => boolean, what: string) =>
    progress.until(
      () => sockets.every(condition),
      DEADLINE_MS,
      () => `${sockets.filter(condition).length} of ${sockets.length} are ${what}`,
    );
  try {
    await all(({ ready }) => ready, "ready");
    const start = performance.now();
    for (const [place, socket] of sockets.entries())
      socket.subscribe(task.exchange, set.patterns[place] ?? "");
    await all(({ live }) => live, "live");
    const setUpMs = (performance.now() - start) / sockets.length;

    for (const socket of sockets) socket.count();
    const pacer = keepPace(task, (number) =>
      source.publish(set.keys[number % set.keys.length] ?? "", benchBody(task.bodyBytes, number)),
    );
    onTotal = () => pacer.arrived(Math.floor(total / MATCHING));
    await delay(task.warmUpMs);
    const endStretch = beginStretch(task.pids, () => total);
    await delay(task.measureMs);
    const work = endStretch();
    const published = pacer.stop();
    const expected = (place: number) =>
      Math.floor(published / set.keys.length) +
      (Math.floor(place / MATCHING) < published % set.keys.length ? 1 : 0);
    await progress.until(
      () => total >= published * MATCHING,
      DEADLINE_MS,
      () => `of ${published * MATCHING} deliveries ${total} have arrived`,
    );
    for (const [place, { received }] of sockets.entries())
      if (received !== expected(place))
        throw new Error(`a pattern received ${received} messages instead of ${expected(place)}`);
    for (const socket of sockets) socket.close();
    await queuesGone(task.managementUrl, task.queuePrefix);
    return { ...work, setUpMs, cyclesPerSecond: await churn(task) };
  } finally {
    for (const socket of sockets) socket.close();
    await source.close();
  }
}

async function churn(task: PatternsTask): Promise<number> {
  const start = performance.now();
  const end = start + task.measureMs;
  let cycles = 0;
  const comeAndGo = async (name: string) => {
    const progress = new Progress();
    const socket = new FeedSocket(task, {
      changed: () => progress.made(),
      counted: () => {},
      failed: (why) => progress.fail(why),
    });
    const until = (condition: () => boolean) =>
      progress.until(condition, DEADLINE_MS, () => "a subscription that came is not live");
    await until(() => socket.ready);
    for (let time = 0; performance.now() < end; time++) {
      socket.subscribe(task.exchange, `${name}.${time}`);
      await until(() => socket.live);
      socket.complete();
      cycles++;
    }
    socket.close();
  };
  await Promise.all(
    Array.from({ length: task.churning }, (_, place) => comeAndGo(`churn${place}`)),
  );
  await queuesGone(task.managementUrl, task.queuePrefix);
  return (cycles * 1000) / (performance.now() - start);
}
