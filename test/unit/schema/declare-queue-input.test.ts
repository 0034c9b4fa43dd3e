import { expect, test } from "vitest";
import { queueSpec } from "../../../src/schema/inputs/declare-queue-input.ts";

type Given = Parameters<typeof queueSpec>[0];
const given = (more: Partial<Given>): Given => ({
  name: "jobs",
  type: "classic",
  durable: true,
  autoDelete: false,
  ...more,
});

test("every option becomes its argument, under the broker's name", () => {
  expect(
    queueSpec(
      given({
        maxPriority: 4,
        messageTtlMs: 0,
        expiresMs: 1,
        maxLength: 0,
        maxLengthBytes: 1024,
        overflow: "reject-publish-dlx",
        deadLetterExchange: "dead",
        deadLetterRoutingKey: "",
        singleActiveConsumer: true,
        arguments: { "x-queue-version": 2 },
      }),
    ),
  ).toEqual({
    name: "jobs",
    type: "classic",
    durable: true,
    autoDelete: false,
    arguments: {
      "x-queue-version": 2,
      "x-max-priority": 4,
      "x-message-ttl": 0,
      "x-expires": 1,
      "x-max-length": 0,
      "x-max-length-bytes": 1024,
      "x-overflow": "reject-publish-dlx",
      "x-dead-letter-exchange": "dead",
      "x-dead-letter-routing-key": "",
      "x-single-active-consumer": true,
      "x-queue-type": "classic",
    },
  });
});

test.for([
  [
    { type: "quorum", deliveryLimit: 3 },
    { "x-delivery-limit": 3, "x-queue-type": "quorum" },
  ],
  [{ type: "quorum" }, { "x-delivery-limit": 20, "x-queue-type": "quorum" }],
  [
    { type: "quorum", arguments: { "x-delivery-limit": 7 } },
    { "x-delivery-limit": 7, "x-queue-type": "quorum" },
  ],
  [
    { type: "stream", maxAgeSeconds: 60 },
    { "x-max-age": "60s", "x-queue-type": "stream" },
  ],
  [{ singleActiveConsumer: false }, { "x-queue-type": "classic" }],
  [{ maxPriority: null, overflow: null }, { "x-queue-type": "classic" }],
  [
    { deadLetterQueue: "dead" },
    {
      "x-dead-letter-exchange": "",
      "x-dead-letter-routing-key": "dead",
      "x-queue-type": "classic",
    },
  ],
] satisfies [Partial<Given>, object][])("%j has the arguments %j", ([more, expected]) => {
  expect(queueSpec(given(more)).arguments).toEqual(expected);
});

test.for([
  [{ deadLetterQueue: "dead", deadLetterExchange: "x" }, ["deadLetterQueue", "deadLetterExchange"]],
  [
    { deadLetterQueue: "dead", deadLetterExchange: "x", deadLetterRoutingKey: "k" },
    ["deadLetterQueue", "deadLetterExchange"],
  ],
  [
    { deadLetterQueue: "dead", arguments: { "x-dead-letter-exchange": "x" } },
    ["deadLetterQueue", 'arguments["x-dead-letter-exchange"]'],
  ],
  [{ deadLetterQueue: "jobs" }, ["deadLetterQueue", "jobs"]],
  [{ deadLetterQueue: "" }, ["deadLetterQueue"]],
  [{ deadLetterQueue: "dead", type: "stream" }, ["STREAM"]],
  [{ deadLetterRoutingKey: "k" }, ["deadLetterRoutingKey", "deadLetterExchange"]],
  [{ maxPriority: 5, type: "quorum" }, ["maxPriority", "QUORUM", "CLASSIC"]],
  [{ maxPriority: 5, type: "stream" }, ["maxPriority", "STREAM"]],
  [{ arguments: { "x-max-priority": 5 }, type: "quorum" }, ["x-max-priority", "QUORUM"]],
  [{ deliveryLimit: 5 }, ["deliveryLimit", "CLASSIC", "QUORUM"]],
  [{ maxAgeSeconds: 5 }, ["maxAgeSeconds", "CLASSIC", "STREAM"]],
  [{ messageTtlMs: 5, type: "stream" }, ["messageTtlMs", "STREAM"]],
  [{ autoDelete: true, type: "stream" }, ["autoDelete", "STREAM"]],
  [{ autoDelete: true, type: "quorum" }, ["autoDelete", "QUORUM"]],
  [{ durable: false, type: "quorum" }, ["durable", "QUORUM"]],
  [{ overflow: "reject-publish-dlx", type: "quorum" }, ["overflow", "QUORUM"]],
  [{ maxLength: 5, arguments: { "x-max-length": 5 } }, ["maxLength", "x-max-length"]],
  [{ type: "quorum", arguments: { "x-queue-type": "quorum" } }, ["type", "x-queue-type"]],
  [{ maxPriority: 256 }, ["maxPriority", "256", "255"]],
  [{ maxPriority: 0 }, ["maxPriority", "0"]],
  [{ messageTtlMs: -1 }, ["messageTtlMs", "-1"]],
  [{ expiresMs: 0 }, ["expiresMs", "0"]],
  [{ maxLength: -1 }, ["maxLength", "-1"]],
  [{ maxLengthBytes: -5 }, ["maxLengthBytes", "-5"]],
  [{ deliveryLimit: -1, type: "quorum" }, ["deliveryLimit", "-1"]],
  [{ maxAgeSeconds: 0, type: "stream" }, ["maxAgeSeconds", "0"]],
] satisfies [Partial<Given>, string[]][])("%j is BAD_USER_INPUT, naming %j", ([more, named]) => {
  const message = expect.stringMatching(
    new RegExp(named.map((each) => `(?=.*${each.replace(/[[\]]/g, "\\$&")})`).join("")),
  );
  expect(() => queueSpec(given(more))).toThrow(
    expect.objectContaining({ code: "BAD_USER_INPUT", message }),
  );
});

test.for([{ name: "gql.mine" }, { deadLetterQueue: "gql.mine" }])(
  "%j is FORBIDDEN: such names are the gateway's own",
  (more) => {
    expect(() => queueSpec(given(more))).toThrow(
      expect.objectContaining({ code: "FORBIDDEN", message: expect.stringContaining("gql.mine") }),
    );
  },
);
