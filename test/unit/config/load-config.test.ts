import { describe, expect, test } from "vitest";

import { ConfigError } from "../../../src/config/config-error.ts";
import { loadConfig } from "../../../src/config/config.ts";
import { flagOf, SETTING_NAMES, variableOf } from "../../../src/config/setting-names.ts";

const load = (argv: string[], env: Record<string, string> = {}) => loadConfig({ argv, env });

/** The lines of the report, without its heading. */
function problemsOf(argv: string[], env: Record<string, string> = {}): string[] {
  try {
    load(argv, env);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.message
        .split("\n")
        .slice(1)
        .map((line) => line.trim());
    throw error;
  }
  throw new Error("nothing was found wrong");
}

describe("with nothing given", () => {
  test("everything has its default", () => {
    expect(load([])).toMatchObject({
      host: "127.0.0.1",
      port: 4000,
      path: "/graphql",
      graphiql: true,
      allowAnonymous: false,
      logLevel: "info",
      heartbeatSeconds: 10,
      tapMaxLengthBytes: 64 * 1024 * 1024,
      drainTimeoutMs: 25_000,
    });
    expect(load([]).amqpUrl).toBeUndefined();
  });

  test("each start makes up a name for the instance", () => {
    expect(load([]).instance).toMatch(/^[\w-]{8}$/);
    expect(load([]).instance).not.toBe(load([]).instance);
  });

  test("a request and a socket's message hold the largest message in Base64", () => {
    const { maxRequestBytes, socketMaxPayloadBytes, maxMessageBytes } = load([]);
    expect(maxRequestBytes).toBeGreaterThan((maxMessageBytes * 4) / 3);
    expect(socketMaxPayloadBytes).toBe(maxRequestBytes);
  });

  test("nothing can be changed afterwards", () => {
    expect(Object.isFrozen(load([]))).toBe(true);
  });
});

describe("where settings come from", () => {
  test("every setting has a flag and a variable of its own", () => {
    expect(new Set(SETTING_NAMES.map(flagOf)).size).toBe(SETTING_NAMES.length);
    expect(new Set(SETTING_NAMES.map(variableOf)).size).toBe(SETTING_NAMES.length);
  });

  test("three variables stand under the names that everybody uses", () => {
    const config = load([], { AMQP_URL: "amqp://rabbit", HOST: "::1", PORT: "4001" });
    expect(config).toMatchObject({ amqpUrl: "amqp://rabbit", host: "::1", port: 4001 });
  });

  test("the others are prefixed", () => {
    const config = load([], { RABBITQL_TAP_PREFETCH: "7", RABBITQL_LOG_LEVEL: "WARN" });
    expect(config).toMatchObject({ tapPrefetch: 7, logLevel: "warn" });
  });

  test("a flag wins over its variable, even over a wrong one", () => {
    expect(load(["--port", "4002"], { PORT: "4001" }).port).toBe(4002);
    expect(load(["--port", "4002"], { PORT: "http" }).port).toBe(4002);
  });

  test("of a flag given twice, the last counts", () => {
    expect(load(["--port", "1", "--port=2"]).port).toBe(2);
  });

  test("an empty variable counts as not set", () => {
    expect(load([], { AMQP_URL: "", PORT: "", RABBITQL_FOO: "" }).port).toBe(4000);
  });

  test.each([
    [["--graphiql"], true],
    [["--no-graphiql"], false],
    [["--graphiql=false"], false],
    [["--no-graphiql", "--graphiql"], true],
  ])("the switch %j", (argv, graphiql) => {
    expect(load(argv).graphiql).toBe(graphiql);
  });

  test("a switch does not take the word after it", () => {
    expect(problemsOf(["--graphiql", "false"])).toEqual(["false: is no flag and belongs to none"]);
  });

  test("sizes and times come with units", () => {
    const config = load([
      "--tap-max-length-bytes=1MiB",
      "--rpc-timeout-ms=3s",
      "--heartbeat-seconds=12s",
    ]);
    expect(config).toMatchObject({
      tapMaxLengthBytes: 1_048_576,
      rpcTimeoutMs: 3000,
      heartbeatSeconds: 12,
    });
  });

  test("an IPv6 address comes with brackets or without", () => {
    expect(load(["--host", "[::1]"]).host).toBe("::1");
  });
});

describe("what is wrong", () => {
  test("is reported all at once, under the names that were given", () => {
    const problems = problemsOf(
      [
        "--port",
        "http",
        "--tap-prefech=3",
        "--max-message-bytes",
        "4MB",
        "--path",
        "--no-graphiql=1",
        "extra",
      ],
      { RABBITQL_LOG_LEVEL: "loud", RABBITQL_INSTANCES: "2", RABBITQL_RECONNECT_MIN_MS: "1m" },
    );
    expect(problems).toEqual([
      "--tap-prefech: no such flag; did you mean --tap-prefetch?",
      "--path: needs a value: a path without a slash at its end, other than /livez, /readyz and /metrics",
      "--no-graphiql: takes no value; say --graphiql=true or =false",
      "extra: is no flag and belongs to none",
      "RABBITQL_INSTANCES: no such setting; did you mean RABBITQL_INSTANCE?",
      'RABBITQL_LOG_LEVEL "loud": expected one of fatal, error, warn, info, debug, trace, silent',
      '--port "http": expected a whole number from 0 to 65535',
      '--max-message-bytes "4MB": expected a size from 1KiB to 16MiB, such as 1024 (bytes) or 1KiB',
      'RABBITQL_RECONNECT_MIN_MS "1m": the first delay, 1m, is longer than the longest, 2s; ' +
        "set RABBITQL_RECONNECT_MIN_MS no higher than --reconnect-max-ms",
    ]);
  });

  test("the value of an unknown flag is not taken for a word of its own", () => {
    expect(problemsOf(["--prot", "4000"])).toEqual(["--prot: no such flag; did you mean --port?"]);
  });

  test("a flag does not swallow the flag after it", () => {
    expect(problemsOf(["--host", "--port", "http"])).toEqual([
      expect.stringMatching(/^--host: needs a value/),
      expect.stringMatching(/^--port "http"/),
    ]);
  });

  test.each([
    ["--port", "-1"],
    ["--port", "65536"],
    ["--port", "4e3"],
    ["--port", ""],
    ["--host", ""],
    ["--host", "127.0.0.256"],
    ["--host", "http://localhost"],
    ["--host", "localhost:4000"],
    ["--path", "graphql"],
    ["--path", "/graphql/"],
    ["--path", "/a?b"],
    ["--path", "/a/../b"],
    ["--path", "/livez"],
    ["--graphiql", "maybe"],
    ["--instance", "a.b"],
    ["--instance", "x".repeat(33)],
    ["--heartbeat-seconds", "500ms"],
    ["--heartbeat-seconds", "4"],
    ["--max-message-bytes", "17MiB"],
    ["--max-message-bytes", "1024.5"],
    ["--drain-timeout-ms", "never"],
    ["--amqp-url", "localhost:5672"],
    ["--amqp-url", "http://localhost"],
    ["--amqp-url", "amqp:///vhost"],
    ["--amqp-url", "amqp://host/a/b"],
    ["--amqp-url", "amqp://u:two words@host"],
    ["--amqp-url", "amqp://u:100%@host"],
    ["--amqp-url", "amqp://host/%ff"],
  ])("%s=%s", (flag, value) => {
    expect(problemsOf([`${flag}=${value}`])).toEqual([
      expect.stringMatching(`^${flag} .*: expected `),
    ]);
  });

  test.each([
    "amqp://localhost",
    "amqps://u:p%40ss@rabbit.example:5671/%2Fshop",
    "amqp://u@[::1]:5672/",
    "amqp://u:p,w@one/shop,amqps://u:p,w@two/shop",
  ])("%s is a broker's URL", (amqpUrl) => {
    expect(load(["--amqp-url", amqpUrl]).amqpUrl).toBe(amqpUrl);
  });
});

describe("no secret is printed", () => {
  test.each([
    ["a URL of another scheme", ["--amqp-url=http://user:hunter2@host/"]],
    ["a URL without a host", ["--amqp-url=amqp://user:hunter2"]],
    ["a URL without a scheme", ["--amqp-url=user:hunter2@host"]],
    ["a password with a space", ["--amqp-url=amqp://user:very hunter2@host"]],
    ["a bare password", ["--amqp-url=hunter2"]],
    ["a mistyped flag", ["--amqp-ulr=amqp://user:hunter2@host"]],
    ["a mistyped flag and a word", ["--amqp-ulr", "amqp://user:hunter2@host"]],
    ["a word by itself", ["amqp://user:hunter2@host"]],
    ["another flag's value", ["--port", "amqp://user:hunter2@host"]],
  ])("%s", (_, argv) => {
    expect(problemsOf(argv).join("\n")).not.toContain("hunter2");
  });

  test("a variable under a wrong name", () => {
    const problems = problemsOf([], { RABBITQL_AMQP_URL: "amqp://user:hunter2@host" });
    expect(problems).toEqual(["RABBITQL_AMQP_URL: no such setting; did you mean AMQP_URL?"]);
  });

  test("what is no secret of a URL is", () => {
    expect(problemsOf(["--amqp-url=http://user:hunter2@rabbit/shop"])[0]).toMatch(
      /^--amqp-url "http:\/\/\*\*\*@rabbit\/shop": expected/,
    );
  });
});

describe("in a Kubernetes pod beside a Service of the same name", () => {
  const links = {
    RABBITQL_SERVICE_HOST: "10.0.0.7",
    RABBITQL_SERVICE_PORT: "4000",
    RABBITQL_SERVICE_PORT_HTTP: "4000",
    RABBITQL_PORT: "tcp://10.0.0.7:4000",
    RABBITQL_PORT_4000_TCP: "tcp://10.0.0.7:4000",
    RABBITQL_PORT_4000_TCP_PROTO: "tcp",
    RABBITQL_PORT_4000_TCP_PORT: "4000",
    RABBITQL_PORT_4000_TCP_ADDR: "10.0.0.7",
    RABBITQL_CANARY_SERVICE_HOST: "10.0.0.8",
    RABBITQL_CANARY_PORT: "tcp://10.0.0.8:4000",
  };

  test("its variables are no settings", () => {
    expect(load([], links).port).toBe(4000);
  });

  test("a port set under the wrong name is told from them", () => {
    expect(problemsOf([], { RABBITQL_PORT: "4001" })).toEqual([
      "RABBITQL_PORT: no such setting; did you mean PORT?",
    ]);
  });
});
