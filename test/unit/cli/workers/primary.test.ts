import { expect, test } from "vitest";

import { servePrimary } from "../../../../src/cli/workers/primary.ts";
import { resolveConfig, type Config } from "../../../../src/config/config.ts";
import { recordedSurroundings } from "../surroundings.ts";
import { scriptedFork, type ScriptedWorker } from "./scripted-fork.ts";

const listen = (worker: ScriptedWorker) =>
  worker.report({ listening: `http://127.0.0.1:${worker.order.config.port}` });

/** Three workers, each of which does as `script` says. */
function primary(script: (worker: ScriptedWorker) => void, options: Partial<Config> = {}) {
  const recorded = recordedSurroundings();
  const { fork, workers } = scriptedFork((worker) => queueMicrotask(() => script(worker)));
  const config = resolveConfig({
    workers: 3,
    amqpUrl: "amqp://127.0.0.1",
    instance: "shop",
    port: 0,
    logLevel: "silent",
    ...options,
  });
  const exitCode = servePrimary(config, recorded.surroundings, fork);
  return { ...recorded, workers, exitCode };
}

const endsAtSignal = (worker: ScriptedWorker) => {
  worker.onSignal = () => worker.end(0);
  listen(worker);
};

const readsAgain = (worker: ScriptedWorker) => {
  worker.onSignal = (signal) => {
    if (signal === "SIGTERM") worker.end(0);
  };
  listen(worker);
};

test("SIGHUP has every worker that listens read the policy again", async () => {
  const { printed, workers, process, exitCode } = primary(readsAgain, { policy: "policy.yaml" });
  await printed;
  process.hangUp();
  process.send("SIGTERM");
  expect(await exitCode).toBe(0);
  const each = ["SIGHUP", "SIGTERM"];
  expect(workers.map(({ signals }) => signals)).toEqual([each, each, each]);
});

test("workers have names of their own on the broker, and one port, which is told once", async () => {
  const { stdout, printed, workers, process, exitCode } = primary(endsAtSignal);
  await printed;
  const configs = workers.map(({ order }) => order.config);
  expect(configs.map(({ instance, workers: own }) => [instance, own])).toEqual([
    ["shop-1", 1],
    ["shop-2", 1],
    ["shop-3", 1],
  ]);
  const [port, ...others] = new Set(configs.map((config) => config.port));
  expect([port === 0, others]).toEqual([false, []]);
  process.send("SIGINT");
  expect(await exitCode).toBe(0);
  expect(workers.map(({ signals }) => signals)).toEqual([["SIGTERM"], ["SIGTERM"], ["SIGTERM"]]);
  expect(stdout()).toMatch(
    new RegExp(`^rabbitql .*\\nGraphiQL http://127.0.0.1:${port}/graphql\\n$`),
  );
});

test("one that does not end in good order makes the exit code 1", async () => {
  const { printed, process, exitCode } = primary((worker) => {
    worker.onSignal = () => worker.end(worker.order.number === 2 ? 1 : 0);
    listen(worker);
  });
  await printed;
  process.send("SIGTERM");
  expect(await exitCode).toBe(1);
});

test("one that cannot start ends the others, and why is said once", async () => {
  const { stdout, stderr, workers, exitCode } = primary((worker) => {
    worker.onSignal = () => worker.end(1);
    if (worker.order.number === 2) worker.report({ failed: "port 1 is taken" });
  });
  expect(await exitCode).toBe(1);
  expect(workers.map(({ signals }) => signals.length > 0)).toEqual([true, true, true]);
  expect(stdout()).toBe("");
  expect(stderr()).toBe("rabbitql: port 1 is taken\n");
});

test("an address that is none of this machine starts no worker", async () => {
  const { stderr, workers, exitCode } = primary(endsAtSignal, {
    host: "192.0.2.1",
    allowAnonymous: true,
  });
  expect(await exitCode).toBe(1);
  expect(stderr()).toMatch(/^rabbitql: 192\.0\.2\.1 is no address of this machine; .*\n$/);
  expect(workers).toEqual([]);
});

test("a second signal exits at once", async () => {
  const { printed, process } = primary(listen);
  await printed;
  process.send("SIGTERM");
  process.send("SIGINT");
  expect(process.exits).toEqual([130]);
});
