import { expect, test } from "vitest";

import { ConfigError } from "../../../src/config/config-error.ts";
import { type Config, loadConfig, resolveConfig } from "../../../src/config/config.ts";

/** Options as a caller without TypeScript may give them. */
function withoutTypes(options: Record<string, unknown>): Partial<Config> {
  return options;
}

function problemsOf(options: Record<string, unknown>): ConfigError["problems"] {
  try {
    resolveConfig(withoutTypes(options));
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error("nothing was found wrong");
}

test("without options it is what the command runs on without flags", () => {
  // The two that are made up at each start.
  const [instance, cursorSecret] = ["same", "the same for both"];
  expect(resolveConfig({ instance, cursorSecret })).toEqual(
    loadConfig({ argv: ["--instance", instance, "--cursor-secret", cursorSecret], env: {} }),
  );
});

test("an option that is undefined has its default", () => {
  const config = resolveConfig({ amqpUrl: undefined, ...withoutTypes({ port: undefined }) });
  expect(config.port).toBe(4000);
  expect(config.amqpUrl).toBeUndefined();
});

test("what it gives can be given back to it", () => {
  const config = resolveConfig({ port: 0, maxMessageBytes: 2048 });
  expect(resolveConfig(config)).toEqual(config);
});

test("every wrong option is named, with what would be right", () => {
  expect(
    problemsOf({ port: "4000", prot: 1, maxHeaders: 1.5, graphiql: "no", logLevel: null }),
  ).toEqual([
    { setting: "prot", problem: "no such option; did you mean port?" },
    { setting: "port", value: "4000", problem: "expected a whole number from 0 to 65535" },
    { setting: "maxHeaders", value: "1.5", problem: "expected a whole number from 1 to 1000" },
    { setting: "graphiql", value: "no", problem: "expected true or false" },
    {
      setting: "logLevel",
      value: "null",
      problem: "expected one of fatal, error, warn, info, debug, trace, silent",
    },
  ]);
});

test("a name that every object has is no option", () => {
  expect(problemsOf({ constructor: 1, toString: 2 }).map(({ setting }) => setting)).toEqual([
    "constructor",
    "toString",
  ]);
});

test("no secret is in what is reported", () => {
  expect(problemsOf({ amqpUrl: "http://u:hunter2@host" })[0]?.value).toBe("http://***@host/");
  expect(JSON.stringify(problemsOf({ amqpUrl: { password: "hunter2" } }))).not.toContain("hunter2");
});

test("names of hosts are kept as they are compared: in small letters, without brackets", () => {
  expect(resolveConfig({ allowedHosts: ["Gateway.Example", "[::1]", "*"] }).allowedHosts).toEqual([
    "gateway.example",
    "::1",
    "*",
  ]);
  for (const wrong of ["gateway.example:4000", "https://gateway.example", ""])
    expect(problemsOf({ allowedHosts: [wrong] })).toMatchObject([{ setting: "allowedHosts" }]);
});
