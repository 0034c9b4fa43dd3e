import { expect, test } from "vitest";
import { DefinitionsError } from "../../../../src/broker/definitions/definitions.ts";
import { readDefinitions } from "../../../../src/broker/definitions/read-definitions.ts";

const row = (more: object) => ({ durable: true, auto_delete: false, arguments: {}, ...more });

/** As `rabbitmqctl export_definitions` writes it. */
const EXPORT = {
  rabbit_version: "3.10.8",
  users: [{ name: "guest", password_hash: "…" }],
  vhosts: [{ name: "/" }, { name: "shop" }],
  permissions: [{ user: "guest", vhost: "/" }],
  policies: [
    { name: "ha", vhost: "/" },
    { name: "ttl", vhost: "shop" },
  ],
  parameters: [],
  exchanges: [
    row({ name: "orders", vhost: "shop", type: "topic", internal: false }),
    row({ name: "amq.topic", vhost: "shop", type: "topic", internal: false }),
    row({ name: "spread", vhost: "shop", type: "x-consistent-hash", internal: true }),
    row({ name: "elsewhere", vhost: "/", type: "fanout", internal: false }),
  ],
  queues: [
    row({
      name: "jobs",
      vhost: "shop",
      arguments: { "x-queue-type": "quorum", "x-max-length": 5 },
    }),
    row({ name: "log", vhost: "shop", type: "stream", arguments: [] }),
    row({ name: "gql.a.canary.b", vhost: "shop", type: "classic" }),
  ],
  bindings: [
    {
      source: "orders",
      vhost: "shop",
      destination: "jobs",
      destination_type: "queue",
      routing_key: "order.#",
      arguments: { list: [1, { a: null }] },
    },
    {
      source: "",
      vhost: "shop",
      destination: "jobs",
      destination_type: "queue",
      routing_key: "jobs",
      arguments: {},
    },
  ],
};

test("what is of the virtual host and the client's own is read; the rest is counted", () => {
  const declared = { durable: true, autoDelete: false };
  expect(readDefinitions(JSON.stringify(EXPORT), "shop")).toEqual({
    exchanges: [
      {
        ...declared,
        name: "orders",
        type: "topic",
        typeName: "topic",
        internal: false,
        arguments: {},
      },
      {
        ...declared,
        name: "spread",
        type: undefined,
        typeName: "x-consistent-hash",
        internal: true,
        arguments: {},
      },
    ],
    queues: [
      {
        ...declared,
        name: "jobs",
        type: "quorum",
        arguments: { "x-queue-type": "quorum", "x-max-length": 5 },
      },
      { ...declared, name: "log", type: "stream", arguments: {} },
    ],
    bindings: [
      {
        source: "orders",
        destination: "jobs",
        destinationType: "queue",
        routingKey: "order.#",
        arguments: { list: [1, { a: null }] },
      },
    ],
    skipped: { users: 1, permissions: 1, policies: 2, "of other virtual hosts": 1 },
  });
});

const named = (vhosts: readonly (string | undefined)[], virtualHost?: string) =>
  readDefinitions(
    JSON.stringify({ queues: vhosts.map((vhost, index) => row({ name: `q${index}`, vhost })) }),
    virtualHost,
  ).queues.map(({ name }) => name);

test("an export of one virtual host names none, and is of whichever is in use", () => {
  expect(named([undefined], "any")).toEqual(["q0"]);
  expect(named([undefined])).toEqual(["q0"]);
});

test("the embedded broker takes the only virtual host there is, else /", () => {
  expect(named(["shop"])).toEqual(["q0"]);
  expect(named(["shop", "/"])).toEqual(["q1"]);
});

test.for([
  ["{", ["not JSON"]],
  ["[]", ["the file", "object"]],
  ["null", ["the file"]],
  [JSON.stringify({ queues: {} }), ["queues"]],
  [JSON.stringify({ queues: [row({})] }), ["queues[0].name"]],
  [JSON.stringify({ queues: [row({ name: "" })] }), ["queues[0].name: is empty"]],
  [JSON.stringify({ queues: [row({ name: "a", type: "round" })] }), ["queues[0].type", "quorum"]],
  [JSON.stringify({ exchanges: [row({ name: "a" })] }), ["exchanges[0].type"]],
  [JSON.stringify({ exchanges: [row({ name: "a", type: "topic", durable: 1 })] }), ["durable"]],
  [
    JSON.stringify({
      queues: [row({ name: 1 })],
      bindings: [{ source: "a", destination: "b", destination_type: "c" }],
    }),
    ["queues[0].name", "\nbindings[0].destination_type"],
  ],
] satisfies [string, string[]][])("%s is none, and it is said where: %j", ([text, where]) => {
  const error = (() => {
    try {
      return readDefinitions(text, "/");
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(error).toBeInstanceOf(DefinitionsError);
  for (const each of where) expect(String(error)).toContain(each);
});
