import { setTimeout as delay } from "node:timers/promises";
import { once } from "node:events";
import { request, type ClientRequest, type IncomingMessage } from "node:http";
import { benchBody } from "../wire/bench-message.ts";
import { keepPace } from "./pace.ts";
import { MATCHING, patternSet } from "./pattern-set.ts";
import type { Patterns, PatternsTask } from "./patterns.ts";
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
  const ask = <T>(path: string, body: object) => post<T>(task.port, path, body);
  const { exchange, churning, measureMs } = task;
  const { setUpMs } = await ask<{ setUpMs: number }>("/set-up", { exchange, patterns });
  const counting = await countOf(task.port, progress, (messages) => {
    total += messages;
    onTotal?.();
    progress.made();
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
    await ask("/tear-down", {});
    const { cyclesPerSecond } = await ask<{ cyclesPerSecond: number }>("/churn", {
      exchange,
      churning,
      measureMs,
    });
    return { ...work, setUpMs: setUpMs / patterns.length, cyclesPerSecond };
  } finally {
    counting.destroy();
    await source.close();
  }
}

async function post<T>(port: number, path: string, body: object): Promise<T> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: "POST",
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return JSON.parse(text) as T;
}

/** The program tells on one endless answer how many messages it has received, a line each time. */
async function countOf(
  port: number,
  progress: Progress,
  counted: (messages: number) => void,
): Promise<ClientRequest> {
  let rest = "";
  const counting = request({ host: "127.0.0.1", port, path: "/deliveries", method: "POST" });
  counting.end();
  const [response] = (await once(counting, "response")) as [IncomingMessage];
  response.setEncoding("latin1").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    counted(lines.reduce((sum, line) => sum + Number(line), 0));
  });
  response.on("error", (error) => progress.fail(error));
  return counting;
}
