import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { BROKERS, type TestGateway } from "../../harness/gateway.ts";
import { BIND, DECLARE_EXCHANGE, DELETE_EXCHANGE, UNBIND } from "./support/documents.ts";
import { sharedGateway, withSocket } from "./support/shared-gateway.ts";
import { codesOf, dataOf, declared, liveFeed, nextEvents, published } from "./support/user.ts";

describe.for(BROKERS)("exchanges and bindings, over %s", (broker) => {
  const gateway = sharedGateway({ broker });
  const run = (document: string, variables: Record<string, unknown>) =>
    gateway().graphql(document, variables);
  const failure = async (document: string, variables: Record<string, unknown>) => {
    const result = await run(document, variables);
    return { codes: codesOf(result), message: result.errors?.[0]?.message };
  };

  describe("declareExchange", () => {
    test.for(["DIRECT", "FANOUT", "TOPIC", "HEADERS"] as const)(
      "makes a %s exchange",
      async (type) => {
        const name = `declared-${randomUUID()}`;
        expect(dataOf(await run(DECLARE_EXCHANGE, { input: { name, type } }))).toEqual({
          declareExchange: {
            name,
            type,
            typeName: type.toLowerCase(),
            durable: true,
            autoDelete: false,
            internal: false,
            arguments: {},
          },
        });
        expect(await published(gateway(), { exchange: name })).toMatchObject({ routed: false });
      },
    );

    test("finds it there when it is asked for again just so", async () => {
      const input = {
        name: `declared-${randomUUID()}`,
        type: "TOPIC",
        durable: false,
        autoDelete: true,
        alternateExchange: "amq.fanout",
      };
      const first = dataOf(await run(DECLARE_EXCHANGE, { input }));
      expect(first).toMatchObject({
        declareExchange: { durable: false, arguments: { "alternate-exchange": "amq.fanout" } },
      });
      expect(dataOf(await run(DECLARE_EXCHANGE, { input }))).toEqual(first);
    });

    test.for([
      ["type", { type: "FANOUT" }, 'type "topic"', 'type "fanout"'],
      ["durable", { durable: false }, 'durable "true"', 'durable "false"'],
      ["autoDelete", { autoDelete: true }, 'autoDelete "false"', 'autoDelete "true"'],
      ["internal", { internal: true }, 'internal "false"', 'internal "true"'],
    ] as const)(
      "answers PRECONDITION_FAILED to another %s, naming both values",
      async ([, other, existing, given]) => {
        const name = await declared(gateway(), "TOPIC");
        const input = { name, type: "TOPIC", ...other };
        expect(await failure(DECLARE_EXCHANGE, { input })).toEqual({
          codes: ["PRECONDITION_FAILED"],
          message: `Exchange "${name}" exists with ${existing}; it was declared here with ${given}`,
        });
      },
    );

    test("answers PRECONDITION_FAILED to another argument, naming both values", async () => {
      const name = await declared(gateway(), "TOPIC", { alternateExchange: "one" });
      const input = { name, type: "TOPIC", alternateExchange: "two" };
      expect(await failure(DECLARE_EXCHANGE, { input })).toEqual({
        codes: ["PRECONDITION_FAILED"],
        message: `Exchange "${name}" exists with alternate-exchange "one"; it was declared here with alternate-exchange "two"`,
      });
      expect(await failure(DECLARE_EXCHANGE, { input: { name, type: "TOPIC" } })).toEqual({
        codes: ["PRECONDITION_FAILED"],
        message: `Exchange "${name}" exists with alternate-exchange "one"; it was declared here without`,
      });
    });

    test.for([
      ["amq.mine", "FORBIDDEN"],
      ["", "BAD_USER_INPUT"],
    ])('does not take the broker\'s own name "%s"', async ([name, code]) => {
      const input = { name, type: "TOPIC" };
      expect(await failure(DECLARE_EXCHANGE, { input })).toMatchObject({ codes: [code] });
    });

    test("takes a name of 255 bytes and no longer one", async () => {
      const name = `${randomUUID()}${"ä".repeat(120)}`.slice(0, 36 + 109) + "x";
      const input = { name, type: "FANOUT" };
      expect(Buffer.byteLength(name)).toBe(255);
      expect(dataOf(await run(DECLARE_EXCHANGE, { input }))).toMatchObject({
        declareExchange: { name },
      });
      const longer = { name: `${name}x`, type: "FANOUT" };
      expect(await failure(DECLARE_EXCHANGE, { input: longer })).toMatchObject({
        codes: ["BAD_USER_INPUT"],
      });
    });

    test("sends what it finds no queue for to its alternate exchange", async () => {
      const alternate = await declared(gateway(), "FANOUT");
      const exchange = await declared(gateway(), "DIRECT", { alternateExchange: alternate });
      await withSocket(gateway(), async (socket) => {
        const feed = await liveFeed(socket, { exchange: alternate });
        const input = { exchange, routingKey: "nobody's" };
        expect(await published(gateway(), input)).toMatchObject({ routed: true });
        expect(await nextEvents(feed, 1)).toMatchObject([input]);
      });
    });
  });

  describe("deleteExchange", () => {
    test("says whether there was one", async () => {
      const name = await declared(gateway(), "TOPIC");
      expect(dataOf(await run(DELETE_EXCHANGE, { name }))).toEqual({ deleteExchange: true });
      expect(dataOf(await run(DELETE_EXCHANGE, { name }))).toEqual({ deleteExchange: false });
    });

    test("with ifUnused leaves one that has bindings", async () => {
      const name = await declared(gateway(), "TOPIC");
      const variables = { name, ifUnused: true };
      await withSocket(gateway(), async (socket) => {
        const feed = await liveFeed(socket, { exchange: name });
        expect(await failure(DELETE_EXCHANGE, variables)).toMatchObject({
          codes: ["PRECONDITION_FAILED"],
        });
        await published(gateway(), { exchange: name });
        await nextEvents(feed, 1);
      });
    });

    test("does not delete what is the broker's own", async () => {
      expect(await failure(DELETE_EXCHANGE, { name: "amq.topic" })).toMatchObject({
        codes: ["FORBIDDEN"],
      });
      expect(await published(gateway(), { exchange: "amq.topic" })).toHaveProperty("messageId");
    });
  });

  describe("bind and unbind", () => {
    test("an exchange to an exchange, and back", async () => {
      const input = await boundExchanges(gateway());
      expect(dataOf(await run(BIND, { input }))).toEqual({ bind: { ...input, arguments: {} } });
      await withSocket(gateway(), async (socket) => {
        const feed = await liveFeed(socket, { exchange: input.destination });
        const along = { exchange: input.source, routingKey: "order.created" };
        const beside = { exchange: input.source, routingKey: "invoice" };
        expect(await published(gateway(), beside)).toMatchObject({ routed: false });
        expect(await published(gateway(), along)).toMatchObject({ routed: true });
        expect(await nextEvents(feed, 1)).toMatchObject([along]);

        expect(dataOf(await run(UNBIND, { input }))).toEqual({ unbind: true });
        expect(await published(gateway(), along)).toMatchObject({ routed: false });
      });
    });

    test("by headers", async () => {
      const source = await declared(gateway(), "HEADERS");
      const input = {
        ...(await boundExchanges(gateway())),
        source,
        routingKey: "",
        headers: { match: "ANY", values: { kind: "report", pages: 3 } },
      };
      expect(dataOf(await run(BIND, { input }))).toMatchObject({
        bind: { arguments: { "x-match": "any", kind: "report", pages: 3 } },
      });
      await withSocket(gateway(), async (socket) => {
        await liveFeed(socket, { exchange: input.destination });
        for (const [pages, routed] of [
          [3, true],
          [4, false],
        ] as const) {
          const sent = { exchange: source, headers: { pages } };
          expect(await published(gateway(), sent)).toMatchObject({ routed });
        }
      });
    });

    test("twice is once, and unbinding what is not bound is no mistake", async () => {
      const input = await boundExchanges(gateway());
      await run(BIND, { input });
      expect(dataOf(await run(BIND, { input }))).toMatchObject({ bind: { source: input.source } });
      for (let times = 0; times < 2; times++)
        expect(dataOf(await run(UNBIND, { input }))).toHaveProperty("unbind");
    });

    test.for([
      ["source", { source: "nowhere" }, 'There is no exchange "nowhere"'],
      ["destination", { destination: "nowhere" }, 'There is no exchange "nowhere"'],
      [
        "queue",
        { destination: "no queue", destinationType: "QUEUE" },
        'There is no queue "no queue"',
      ],
    ] as const)(
      "a missing %s is named, and unbinding it changes nothing",
      async ([, wrong, says]) => {
        const input = { ...(await boundExchanges(gateway())), ...wrong };
        expect(await failure(BIND, { input })).toEqual({ codes: ["NOT_FOUND"], message: says });
        expect(await failure(UNBIND, { input })).toEqual({ codes: [], message: undefined });
      },
    );
  });

  test.for([
    ["amq.direct", { routingPatterns: ["k"] }],
    ["amq.fanout", {}],
    ["amq.topic", {}],
    ["amq.headers", { headers: { values: { k: 1 } } }],
  ] as const)("%s is there from the start", async ([exchange, asks]) => {
    await withSocket(gateway(), async (socket) => {
      const feed = await liveFeed(socket, { exchange, ...asks });
      const input = { exchange, routingKey: "k", headers: { k: 1 } };
      expect(await published(gateway(), input)).toMatchObject({ routed: true });
      await nextEvents(feed, 1);
    });
  });
});

/** Two new exchanges, and how to bind one to the other. */
async function boundExchanges(gateway: TestGateway) {
  return {
    source: await declared(gateway, "TOPIC"),
    destination: await declared(gateway, "FANOUT"),
    destinationType: "EXCHANGE",
    routingKey: "order.#",
  };
}
