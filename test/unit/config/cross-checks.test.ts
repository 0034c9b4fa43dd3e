import { describe, expect, test } from "vitest";

import { type Config, resolveConfig } from "../../../src/config/config.ts";
import { requestRoom } from "../../../src/config/request-room.ts";
import { problemsOf } from "./problems-of.ts";

const MIB = 1024 * 1024;

describe("listening beyond this machine", () => {
  test.each(["0.0.0.0", "::", "192.0.2.1", "rabbitql.example", "2001:db8::1", "127.example.com"])(
    "%s is refused while nobody has to say who they are",
    (host) => {
      expect(problemsOf({ host })).toEqual([
        [
          "host",
          expect.stringMatching(/without authentication, .* would let anyone .*set allowAnonymous/),
        ],
      ]);
      expect(problemsOf({ host, allowAnonymous: true })).toEqual([]);
    },
  );

  test.each(["127.0.0.1", "127.1.2.3", "::1", "localhost", "LOCALHOST", "::ffff:127.0.0.1"])(
    "%s is this machine",
    (host) => {
      expect(problemsOf({ host })).toEqual([]);
    },
  );
});

test.each<[string, Partial<Config>, Partial<Config>]>([
  [
    "reconnectMinMs",
    { reconnectMinMs: 2000, reconnectMaxMs: 1999 },
    { reconnectMinMs: 2000, reconnectMaxMs: 2000 },
  ],
  ["reconnectMaxMs", { reconnectMaxMs: 499 }, { reconnectMaxMs: 500 }],
  ["confirmTimeoutMs", { confirmTimeoutMs: 9999 }, { confirmTimeoutMs: 10_000 }],
  ["heartbeatSeconds", { heartbeatSeconds: 16 }, { heartbeatSeconds: 15 }],
  ["publishInFlightBytes", { publishInFlightBytes: MIB - 1 }, { publishInFlightBytes: MIB }],
  ["tapMaxLengthBytes", { tapMaxLengthBytes: MIB - 1 }, { tapMaxLengthBytes: MIB }],
  ["subscriberMaxBytes", { subscriberMaxBytes: MIB - 1 }, { subscriberMaxBytes: MIB }],
  [
    "maxMessageBytes",
    { maxMessageBytes: MIB + 1 },
    { maxMessageBytes: MIB + 1, subscriberMaxBytes: 2 * MIB },
  ],
])("%s is held against what it goes with", (setting, wrong, right) => {
  expect(problemsOf(wrong)).toEqual([[setting, expect.any(String)]]);
  expect(problemsOf(right)).toEqual([]);
});

describe("a request", () => {
  test("must hold the largest message in Base64", () => {
    const room = requestRoom({ maxMessageBytes: MIB, maxHeadersBytes: 32 * 1024 });
    expect(problemsOf({ maxRequestBytes: room })).toEqual([]);
    expect(problemsOf({ maxRequestBytes: room - 1 })).toEqual([
      ["maxRequestBytes", expect.stringContaining("set maxRequestBytes to 1430KiB or more")],
    ]);
  });

  test("grows with the largest message, up to its ceiling", () => {
    const subscriberMaxBytes = 16 * MIB;
    const config = resolveConfig({ maxMessageBytes: 16 * MIB, subscriberMaxBytes });
    expect(config.maxRequestBytes).toBe(requestRoom(config));
    expect(resolveConfig(config)).toEqual(config);
  });

  test("over a socket may be kept smaller, for those who publish over HTTP", () => {
    expect(problemsOf({ socketMaxPayloadBytes: 64 * 1024 })).toEqual([]);
  });
});

describe("several workers", () => {
  const amqpUrl = "amqp://127.0.0.1";

  test("need a RabbitMQ: an embedded broker is in one process", () => {
    expect(problemsOf({ workers: 2 })).toEqual([
      ["workers", expect.stringMatching(/embedded broker .* 2 workers .* set amqpUrl /)],
    ]);
    expect(problemsOf({ workers: 2, amqpUrl })).toEqual([]);
    expect(problemsOf({ workers: 1 })).toEqual([]);
  });

  test("leave room for their numbers in the instance's name", () => {
    const instance = "i".repeat(30);
    expect(problemsOf({ workers: 9, amqpUrl, instance })).toEqual([]);
    expect(problemsOf({ workers: 10, amqpUrl, instance })).toEqual([
      ["instance", expect.stringContaining("at most 29 characters")],
    ]);
    expect(problemsOf({ instance: "i".repeat(32) })).toEqual([]);
  });
});

test("a setting that is wrong by itself is not held against others", () => {
  expect(problemsOf({ host: "0.0.0.0", reconnectMinMs: -1, reconnectMaxMs: 10 })).toEqual([
    ["reconnectMinMs", expect.stringMatching(/^expected a time/)],
    ["host", expect.any(String)],
  ]);
});
