import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { WorkerSlot } from "../../../../src/cli/workers/worker-slot.ts";
import { resolveConfig } from "../../../../src/config/config.ts";
import { createLogger } from "../../../../src/telemetry/logger.ts";
import { scriptedFork, type ScriptedWorker } from "./scripted-fork.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const LISTENING = { listening: "http://127.0.0.1:4000" };
/** The longest delay before a worker is replaced. */
const LONGEST_MS = 10_000;

function slot(script?: (worker: ScriptedWorker) => void) {
  const scripted = scriptedFork(script);
  const told: string[] = [];
  const place = new WorkerSlot({
    number: 3,
    config: resolveConfig({ logLevel: "silent" }),
    logger: createLogger({ level: "silent" }),
    fork: scripted.fork,
    onListening: (url) => told.push(url),
    onFailed: (why) => told.push(why),
  });
  const latest = () => scripted.workers.at(-1);
  return { place, told, latest, workers: scripted.workers };
}

test("a worker is told its number and the configuration", () => {
  const { workers } = slot();
  expect(workers.map(({ order }) => order)).toEqual([
    { number: 3, config: expect.objectContaining({ logLevel: "silent" }) },
  ]);
});

test("one that listens and ends is replaced, and that it listens is told once", () => {
  const { told, workers, latest } = slot();
  latest()?.report(LISTENING);
  latest()?.end(null, "SIGKILL");
  expect(workers).toHaveLength(1);
  vi.advanceTimersByTime(100);
  expect(workers.map(({ order }) => order.number)).toEqual([3, 3]);
  latest()?.report(LISTENING);
  expect(told).toEqual([LISTENING.listening]);
});

test("each end in a row doubles the delay, up to 10 s, and a worker that has lasted 10 s makes it short again", () => {
  const { workers, latest } = slot();
  for (const delayMs of [100, 200, 400, 800, 1600, 3200, 6400, LONGEST_MS, LONGEST_MS]) {
    const before = workers.length;
    latest()?.report(LISTENING);
    latest()?.end(1);
    vi.advanceTimersByTime(delayMs - 1);
    expect(workers).toHaveLength(before);
    vi.advanceTimersByTime(1);
    expect(workers).toHaveLength(before + 1);
  }
  latest()?.report(LISTENING);
  vi.advanceTimersByTime(LONGEST_MS);
  const before = workers.length;
  latest()?.end(1);
  vi.advanceTimersByTime(100);
  expect(workers).toHaveLength(before + 1);
});

test("five ends in a row before it listened are the last", () => {
  const { told, workers, latest } = slot();
  for (let end = 0; end < 5; end++) {
    expect(told).toEqual([]);
    latest()?.end(1);
    vi.advanceTimersByTime(LONGEST_MS);
  }
  expect(told).toEqual(["worker 3 ended 5 times before it listened: code 1, the last time"]);
  expect(workers).toHaveLength(5);
});

test("one that says at the first start why it cannot listen is asked to end, and is the last", () => {
  const { told, workers } = slot((worker) => (worker.onSignal = () => worker.end(1)));
  workers[0]?.report({ failed: "port 4000 is taken" });
  expect(workers[0]?.signals).toEqual(["SIGTERM"]);
  expect(told).toEqual(["port 4000 is taken"]);
  vi.advanceTimersByTime(LONGEST_MS);
  expect(workers).toHaveLength(1);
});

test("one that says so later may try four times more", () => {
  const { told, workers, latest } = slot((worker) => (worker.onSignal = () => worker.end(1)));
  latest()?.report(LISTENING);
  latest()?.end(1);
  for (let time = 0; time < 5; time++) {
    vi.advanceTimersByTime(LONGEST_MS);
    latest()?.report({ failed: "port 4000 is taken" });
  }
  expect(workers).toHaveLength(6);
  expect(told.slice(1)).toEqual(["worker 3 ended 5 times before it listened: port 4000 is taken"]);
});

test.each([
  [0, null, true],
  [1, null, false],
  [null, "SIGKILL", false],
  [null, "SIGTERM", false],
])("stopped while it listens, ending with %j %j is good order: %j", async (code, signal, good) => {
  const { place, workers, latest } = slot();
  latest()?.report(LISTENING);
  const stopped = place.stop();
  expect(latest()?.signals).toEqual(["SIGTERM"]);
  latest()?.end(code, signal);
  expect(await stopped).toBe(good);
  vi.advanceTimersByTime(LONGEST_MS);
  expect(workers).toHaveLength(1);
});

test("stopped while its process comes up, ending with the signal is good order", async () => {
  const { place, latest } = slot();
  const stopped = place.stop();
  latest()?.end(null, "SIGTERM");
  expect(await stopped).toBe(true);
});

test("stopped between two processes, it starts no other", async () => {
  const { place, workers, latest } = slot();
  latest()?.report(LISTENING);
  latest()?.end(1);
  await place.stop();
  vi.advanceTimersByTime(LONGEST_MS);
  expect(workers).toHaveLength(1);
});
