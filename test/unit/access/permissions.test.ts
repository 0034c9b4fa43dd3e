import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { CurrentPolicy } from "../../../src/access/current-policy.ts";
import { Permissions } from "../../../src/access/permissions.ts";
import { readPolicy } from "../../../src/access/policy/read-policy.ts";
import type { Routing } from "../../../src/access/policy/rights.ts";
import { fieldTable, type FieldTable } from "../../../src/broker/field-table.ts";
import type { OutgoingMessage } from "../../../src/broker/message.ts";
import type { Binding, ExchangeSpec, QueueSpec } from "../../../src/broker/topology.ts";
import { CodedError } from "../../../src/errors.ts";
import { holderOf, policyOf } from "./policy/callers.ts";

type GrantWritten = Record<string, unknown>;

/** Of whoever has the tenant "acme", on exchanges that are of this kind. */
function permissions(grants: readonly GrantWritten[], routing?: Routing): Permissions {
  const policies = new CurrentPolicy(readPolicy(policyOf(...grants)));
  return new Permissions(policies, holderOf({ tenant: "acme" }), () => Promise.resolve(routing));
}

/** The code of what is thrown, or "allowed". */
async function outcome(what: () => unknown): Promise<string> {
  try {
    await what();
    return "allowed";
  } catch (error) {
    return error instanceof CodedError ? error.code : String(error);
  }
}

function message(more: {
  exchange?: string;
  routingKey?: string;
  headers?: FieldTable;
  replyTo?: string;
}): OutgoingMessage {
  const { exchange = "orders", routingKey = "orders.acme.new", headers = {}, replyTo } = more;
  return {
    exchange,
    routingKey,
    headers: fieldTable(headers),
    body: Buffer.from("x"),
    properties: { persistent: true, messageId: "1", replyTo },
  };
}

const tapped = (grants: readonly GrantWritten[], patterns: string[], routing?: Routing) =>
  outcome(() =>
    permissions(grants, routing).tap({ exchange: "orders", routingPatterns: patterns }),
  );

const exchangeSpec = (more: FieldTable = {}): ExchangeSpec => ({
  name: "acme.events",
  type: "topic",
  durable: true,
  autoDelete: false,
  internal: false,
  arguments: fieldTable(more),
});

const queueSpec = (more: FieldTable = {}): QueueSpec => ({
  name: "acme.work",
  type: "classic",
  durable: true,
  autoDelete: false,
  arguments: fieldTable(more),
});

const binding = (more: Partial<Binding> = {}): Binding => ({
  source: "orders",
  destination: "acme.work",
  destinationType: "queue",
  routingKey: "orders.acme.#",
  arguments: fieldTable(),
  ...more,
});

const words = async (exchange: string) => {
  const tap = permissions([]).tap({ exchange, routingPatterns: ["a"] });
  return await tap.then(
    () => "allowed",
    (error: Error) => error.message.replaceAll(exchange, "NAME"),
  );
};

const GRANTS = [
  { allow: "publish", exchanges: "orders", keys: "orders.{claims.tenant}.#" },
  { allow: "publish", exchanges: "alerts", headers: { tenant: "{claims.tenant}", level: 1 } },
  { allow: "publish", queues: ["replies.{claims.tenant}", "amq.rabbitmq.reply-to.#"] },
  { allow: "request", exchanges: "rpc", keys: "rpc.*" },
];
const requested = (more: Parameters<typeof message>[0]) =>
  outcome(() => permissions(GRANTS).publish(message(more), "request"));

const published = (more: Parameters<typeof message>[0]) =>
  outcome(() => permissions(GRANTS).publish(message(more)));

describe("publishing", () => {
  test.each([
    ["the key that is granted", {}, "allowed"],
    ["another tenant's", { routingKey: "orders.other.new" }, "FORBIDDEN"],
    ["a key that looks like a pattern", { routingKey: "orders.*.new" }, "FORBIDDEN"],
    ["another exchange", { exchange: "other" }, "FORBIDDEN"],
    ["CC that is granted", { headers: { CC: ["orders.acme.b"] } }, "allowed"],
    ["CC that is not", { headers: { CC: ["orders.acme.b", "orders.other.b"] } }, "FORBIDDEN"],
    ["BCC that is not", { headers: { BCC: ["orders.other.b"] } }, "FORBIDDEN"],
    ["CC that is a text", { headers: { CC: "orders.acme.b" } }, "BAD_USER_INPUT"],
    ["BCC that holds a number", { headers: { BCC: [1] } }, "BAD_USER_INPUT"],
    ["replies to a queue that is granted", { replyTo: "replies.acme" }, "allowed"],
    ["replies to another's queue", { replyTo: "replies.other" }, "FORBIDDEN"],
    ["replies to no name at all", { replyTo: "" }, "FORBIDDEN"],
    ["a queue that is granted", { exchange: "", routingKey: "replies.acme" }, "allowed"],
    [
      "whoever made a request",
      { exchange: "", routingKey: "amq.rabbitmq.reply-to.g.k" },
      "allowed",
    ],
    ["another queue", { exchange: "", routingKey: "replies.other" }, "FORBIDDEN"],
    [
      "a queue, and by CC another",
      { exchange: "", routingKey: "replies.acme", headers: { CC: ["replies.other"] } },
      "FORBIDDEN",
    ],
    [
      "the headers that are granted",
      { exchange: "alerts", headers: { tenant: "acme", level: 1, more: true } },
      "allowed",
    ],
    ["one header less", { exchange: "alerts", headers: { tenant: "acme" } }, "FORBIDDEN"],
    [
      "a header of another type",
      { exchange: "alerts", headers: { tenant: "acme", level: "1" } },
      "FORBIDDEN",
    ],
    ["another's header", { exchange: "alerts", headers: { tenant: "b", level: 1 } }, "FORBIDDEN"],
    ["where requests are granted", { exchange: "rpc", routingKey: "rpc.a" }, "FORBIDDEN"],
  ] as const)("%s", async (_what, more, expected) => {
    expect(await published(more as Parameters<typeof message>[0])).toBe(expected);
  });

  test("a request where requests are granted, and nowhere else", async () => {
    expect(await requested({ exchange: "rpc", routingKey: "rpc.a" })).toBe("allowed");
    expect(await requested({ exchange: "rpc", routingKey: "rpc.a.b" })).toBe("FORBIDDEN");
    expect(await requested({})).toBe("FORBIDDEN");
  });
});

describe("subscribing", () => {
  const KEYS = [
    { allow: "subscribe", exchanges: "orders", keys: ["orders.{claims.tenant}.#", "public.*"] },
    { allow: "subscribe", exchanges: "orders", keys: ["public.*.#"] },
  ];

  test.each([
    [["orders.acme.*"], "allowed"],
    [["orders.acme.#", "public.#"], "FORBIDDEN"],
    [["orders.acme.#", "public.*.*"], "allowed"],
    [["#"], "FORBIDDEN"],
    [["orders.*.new"], "FORBIDDEN"],
    [["orders.#"], "FORBIDDEN"],
  ])("%j: %s", async (patterns, expected) => {
    expect(await tapped(KEYS, patterns, "keys")).toBe(expected);
  });

  test("what is granted by several together", async () => {
    const together = [
      { allow: "subscribe", exchanges: "orders", keys: ["a", "a.*"] },
      { allow: "subscribe", exchanges: "orders", keys: "a.*.*.#" },
    ];
    expect(await tapped(together, ["a.#"], "keys")).toBe("allowed");
    expect(await tapped(together.slice(1), ["a.#"], "keys")).toBe("FORBIDDEN");
  });

  test("keys that are granted are nothing on an exchange that does not go by them", async () => {
    const outcomes = (["keys", undefined, "headers", "neither"] as const).map((routing) =>
      tapped(KEYS, ["orders.acme.#"], routing),
    );
    expect(await Promise.all(outcomes)).toEqual(["allowed", "allowed", "FORBIDDEN", "FORBIDDEN"]);
    const whole = [{ allow: "subscribe", exchanges: "orders" }];
    expect(await tapped(whole, ["x"], "neither")).toBe("allowed");
  });

  const HEADERS = [
    { allow: "subscribe", exchanges: "alerts", headers: { tenant: "{claims.tenant}" } },
  ];
  test.each([
    ["all", { tenant: "acme" }, "allowed"],
    ["all", { tenant: "acme", level: 1 }, "allowed"],
    ["all", { level: 1 }, "FORBIDDEN"],
    ["all", { tenant: "other" }, "FORBIDDEN"],
    // Only that it is there.
    ["all", { tenant: null }, "FORBIDDEN"],
    ["any", { tenant: "acme" }, "allowed"],
    ["any", { tenant: "acme", level: 1 }, "FORBIDDEN"],
    ["any", {}, "FORBIDDEN"],
    ["all", {}, "FORBIDDEN"],
  ] as const)("a headers exchange with %s of %j: %s", async (match, values, expected) => {
    const tap = (routing: Routing) =>
      permissions(HEADERS, routing).tap({
        exchange: "alerts",
        routingPatterns: ["#"],
        headers: { match, values },
      });
    expect(await outcome(() => tap("headers"))).toBe(expected);
    expect(await outcome(() => tap("keys"))).toBe("FORBIDDEN");
  });
});

describe("what is refused is refused before the broker is asked", () => {
  test("what kind of exchange it is", async () => {
    let asked = 0;
    const policies = new CurrentPolicy(
      readPolicy(policyOf({ allow: "subscribe", exchanges: "orders", keys: "a.#" })),
    );
    const caller = new Permissions(policies, holderOf({}), () => {
      asked++;
      return Promise.resolve("keys");
    });
    await outcome(() => caller.tap({ exchange: "orders", routingPatterns: ["b"] }));
    await outcome(() => caller.tap({ exchange: "other", routingPatterns: ["a"] }));
    expect(asked).toBe(0);
    await caller.tap({ exchange: "orders", routingPatterns: ["a"] });
    expect(asked).toBe(1);
  });

  test("in the same words, whatever there is", async () => {
    expect(await words("amq.topic")).toBe(await words("nowhere"));
  });
});

describe("topology", () => {
  const CONFIGURE = [
    { allow: "configure", exchanges: "{claims.tenant}.#" },
    { allow: "configure", queues: "{claims.tenant}.#" },
  ];
  const READ = [
    { allow: "subscribe", exchanges: "orders", keys: "orders.{claims.tenant}.#" },
    { allow: ["subscribe", "publish"], exchanges: "{claims.tenant}.#" },
    { allow: ["consume", "publish"], queues: "{claims.tenant}.#" },
  ];
  const ALL = [...CONFIGURE, ...READ];

  test.each([
    [ALL, exchangeSpec(), "allowed"],
    [READ, exchangeSpec(), "FORBIDDEN"],
    [ALL, { ...exchangeSpec(), name: "other.events" }, "FORBIDDEN"],
    [ALL, exchangeSpec({ "alternate-exchange": "acme.lost" }), "allowed"],
    [CONFIGURE, exchangeSpec({ "alternate-exchange": "acme.lost" }), "FORBIDDEN"],
    [ALL, exchangeSpec({ "alternate-exchange": "other.lost" }), "FORBIDDEN"],
    [ALL, exchangeSpec({ "alternate-exchange": "" }), "FORBIDDEN"],
    [ALL, exchangeSpec({ "alternate-exchange": 1 }), "BAD_USER_INPUT"],
    // Whatever the key: a grant on some is not enough.
    [
      [
        ...CONFIGURE,
        { allow: "subscribe", exchanges: "acme.#" },
        { allow: "publish", exchanges: "#", keys: "a.#" },
      ],
      exchangeSpec({ "alternate-exchange": "acme.lost" }),
      "FORBIDDEN",
    ],
  ])("%# declareExchange", async (grants, spec, expected) => {
    expect(await outcome(() => permissions(grants).declareExchange(spec))).toBe(expected);
  });

  const dead = (deadExchange: string, key?: string) =>
    queueSpec({
      "x-dead-letter-exchange": deadExchange,
      ...(key === undefined ? {} : { "x-dead-letter-routing-key": key }),
    });
  test.each([
    [ALL, queueSpec(), "allowed"],
    [READ, queueSpec(), "FORBIDDEN"],
    [ALL, dead("acme.dead"), "allowed"],
    [CONFIGURE, dead("acme.dead"), "FORBIDDEN"],
    [ALL, dead("other.dead"), "FORBIDDEN"],
    [ALL, dead("other.dead", "orders.acme.a"), "FORBIDDEN"],
    [ALL, dead("", "acme.dead"), "allowed"],
    [ALL, dead("", "other.dead"), "FORBIDDEN"],
    // Each message to the queue that its own key names.
    [ALL, dead(""), "FORBIDDEN"],
    [[...ALL, { allow: "publish", queues: "#" }], dead(""), "allowed"],
    [ALL, queueSpec({ "x-dead-letter-exchange": true }), "BAD_USER_INPUT"],
  ])("%# declareQueue", async (grants, spec, expected) => {
    expect(await outcome(() => permissions(grants).declareQueue(spec))).toBe(expected);
  });

  const between = { destination: "acme.events", destinationType: "exchange" } as const;
  test.each([
    [ALL, binding(), "allowed"],
    [READ, binding(), "FORBIDDEN"],
    [CONFIGURE, binding(), "FORBIDDEN"],
    [ALL, binding({ routingKey: "#" }), "FORBIDDEN"],
    [ALL, binding({ source: "secrets" }), "FORBIDDEN"],
    [ALL, binding({ destination: "other.work" }), "FORBIDDEN"],
    [ALL, binding(between), "allowed"],
    [ALL, binding({ ...between, routingKey: "orders.#" }), "FORBIDDEN"],
    // What comes along it is published there.
    [
      [...CONFIGURE, { allow: "subscribe", exchanges: "#" }],
      binding({ ...between, routingKey: "a" }),
      "FORBIDDEN",
    ],
    [
      [
        ...CONFIGURE,
        { allow: "subscribe", exchanges: "#" },
        { allow: "publish", exchanges: "#", keys: "a" },
      ],
      binding({ ...between, routingKey: "a" }),
      "allowed",
    ],
  ])("%# bind and unbind", async (grants, wanted, expected) => {
    expect(await outcome(() => permissions(grants).bind(wanted))).toBe(expected);
  });

  test.each([
    [{ "x-match": "all", tenant: "acme" }, "allowed"],
    [{ tenant: "acme" }, "allowed"],
    [{ "x-match": "all-with-x", tenant: "acme", more: 1 }, "allowed"],
    [{ "x-match": "any", tenant: "acme", more: 1 }, "FORBIDDEN"],
    [{ "x-match": "any-with-x", more: 1 }, "FORBIDDEN"],
    [{ "x-match": "whatever", tenant: "acme", more: 1 }, "FORBIDDEN"],
    [{ more: 1 }, "FORBIDDEN"],
  ])("bind with arguments %j: %s", async (given, expected) => {
    const grants = [
      ...CONFIGURE,
      { allow: "subscribe", exchanges: "alerts", headers: { tenant: "{claims.tenant}" } },
    ];
    const wanted = binding({ source: "alerts", arguments: fieldTable(given) });
    expect(await outcome(() => permissions(grants, "headers").bind(wanted))).toBe(expected);
    expect(await outcome(() => permissions(grants, "headers").unbind(wanted))).toBe(expected);
  });
});

test("with another policy a right is gone, also where a later one grants it again", async () => {
  const granting = readPolicy(policyOf({ allow: "subscribe", exchanges: "orders" }));
  const policies = new CurrentPolicy(granting);
  const caller = new Permissions(policies, holderOf({}), () => Promise.resolve("keys"));
  const tap = { exchange: "orders", routingPatterns: ["a"] };
  const [kept, released] = [await caller.tap(tap), await caller.tap(tap)];
  const told: string[] = [];
  kept.onRevoked(({ code }) => told.push(`kept: ${code}`));
  released.onRevoked(({ code }) => told.push(`released: ${code}`));
  policies.replace(readPolicy(policyOf({ allow: "subscribe", exchanges: "#" })));
  expect(told).toEqual([]);
  released.release();
  policies.replace(readPolicy(policyOf()));
  policies.replace(granting);
  expect(told).toEqual(["kept: FORBIDDEN"]);
  expect(kept.why?.code).toBe("FORBIDDEN");
});

describe("a policy that leaves to the keys what was free before", () => {
  const WHOLE = readPolicy(policyOf({ allow: "subscribe", exchanges: "orders" }));
  const BY_KEYS = readPolicy(policyOf({ allow: "subscribe", exchanges: "orders", keys: "a.#" }));
  const TAP = { exchange: "orders", routingPatterns: ["a.b"] };

  test.each([
    ["keys", undefined],
    [undefined, undefined],
    ["headers", "FORBIDDEN"],
    ["neither", "FORBIDDEN"],
  ] as const)("on an exchange that goes by %s: %s", async (routing, expected) => {
    const policies = new CurrentPolicy(WHOLE);
    const caller = new Permissions(policies, holderOf({}), () => Promise.resolve(routing));
    const hold = await caller.tap(TAP);
    policies.replace(BY_KEYS);
    await nextTurn();
    expect(hold.why?.code).toBe(expected);
  });

  test("on an exchange of which nobody can say what it goes by", async () => {
    const policies = new CurrentPolicy(WHOLE);
    const caller = new Permissions(policies, holderOf({}), () =>
      Promise.reject(new CodedError("BROKER_UNAVAILABLE", "away")),
    );
    const hold = await caller.tap(TAP);
    policies.replace(BY_KEYS);
    await nextTurn();
    expect(hold.why?.code).toBe("BROKER_UNAVAILABLE");
  });
});
