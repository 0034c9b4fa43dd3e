import { setImmediate } from "node:timers/promises";

import { expect, test } from "vitest";

import type { Serving } from "../../../src/cli/run-gateway.ts";
import { serve } from "../../../src/cli/serve.ts";
import { ConfigError } from "../../../src/config/config-error.ts";
import type { GatewayOptions } from "../../../src/gateway.ts";
import { recordedSurroundings } from "./surroundings.ts";

/** Runs the command with a gateway that does as `behaviour` says; what is done to it is kept in order. */
function serving(behaviour: Partial<Serving> = {}, argv: readonly string[] = []) {
  const recorded = recordedSurroundings();
  const done: string[] = [];
  const options: GatewayOptions[] = [];
  const exitCode = serve(["--log-level", "silent", ...argv], recorded.surroundings, (given) => {
    options.push(given);
    return {
      reload: () => void done.push("reload"),
      listen: () => {
        done.push("listen");
        return (behaviour.listen ?? (() => Promise.resolve({ url: "http://127.0.0.1:4000" })))();
      },
      close: async () => {
        await (behaviour.close ?? setImmediate)();
        done.push("closed");
      },
    };
  });
  return { ...recorded, done, options, exitCode };
}

const never = <Value>() => new Promise<Value>(() => {});

test("it starts the gateway with the settings, and says where it is", async () => {
  const { options, stdout, printed, process, exitCode } = serving({}, ["--tap-prefetch", "7"]);
  await printed;
  expect(stdout()).toMatch(/^rabbitql .*\nGraphiQL http:\/\/127\.0\.0\.1:4000\/graphql\n$/);
  expect(options).toEqual([expect.objectContaining({ tapPrefetch: 7, logger: expect.anything() })]);
  process.send("SIGTERM");
  await exitCode;
});

test.each(["SIGTERM", "SIGINT"] as const)(
  "%s closes the gateway, and then it is done",
  async (signal) => {
    const { done, printed, process, exitCode } = serving();
    await printed;
    process.send(signal);
    expect(await exitCode).toBe(0);
    expect(done).toEqual(["listen", "closed"]);
    expect(process.exits).toEqual([]);
  },
);

test("SIGHUP has a gateway that has a policy read it again", async () => {
  const { done, printed, process, exitCode } = serving({}, ["--policy", "policy.yaml"]);
  await printed;
  process.hangUp();
  process.send("SIGTERM");
  expect(await exitCode).toBe(0);
  expect(done).toEqual(["listen", "reload", "closed"]);
});

test("without a policy SIGHUP stays what it is", async () => {
  const { printed, process, exitCode } = serving();
  await printed;
  expect(process.listenerCount("SIGHUP")).toBe(0);
  process.send("SIGTERM");
  await exitCode;
});

test("a signal that comes before it listens stops it too", async () => {
  const { done, stdout, process, exitCode } = serving({ listen: never });
  process.send("SIGTERM");
  expect(await exitCode).toBe(0);
  expect(done).toEqual(["listen", "closed"]);
  expect(stdout()).toBe("");
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("a second signal, %s, exits at once with %d", async (second, code) => {
  const { printed, process } = serving({ close: never });
  await printed;
  process.send("SIGTERM");
  expect(process.exits).toEqual([]);
  process.send(second);
  expect(process.exits).toEqual([code]);
});

test("a gateway that does not close in its time is left, with exit code 1", async () => {
  const { process, exitCode } = serving({ close: never }, [
    "--drain-timeout-ms=0",
    "--close-timeout-ms=100",
  ]);
  process.send("SIGTERM");
  expect(await exitCode).toBe(1);
});

test("a gateway that fails to close is exit code 1", async () => {
  const { process, exitCode } = serving({ close: () => Promise.reject(new Error("no")) });
  process.send("SIGTERM");
  expect(await exitCode).toBe(1);
});

test("a gateway that cannot listen is closed, and why is said in one line", async () => {
  const taken = Object.assign(new Error("listen"), { code: "EADDRINUSE" });
  const { done, stdout, stderr, exitCode } = serving({ listen: () => Promise.reject(taken) });
  expect(await exitCode).toBe(1);
  expect(done).toEqual(["listen", "closed"]);
  expect(stderr()).toMatch(/^rabbitql: port 4000 on 127\.0\.0\.1 is taken; .*\n$/);
  expect(stdout()).toBe("");
});

test("wrong settings start nothing", async () => {
  const { options, exitCode } = serving({}, ["--port", "http"]);
  await expect(exitCode).rejects.toThrow(ConfigError);
  expect(options).toEqual([]);
});

test("what nobody caught ends it with exit code 1", async () => {
  const { process, printed, exitCode } = serving();
  await printed;
  process.fail(new Error("a bug"));
  expect(process.exits).toEqual([1]);
  process.send("SIGTERM");
  await exitCode;
});
