import { describe, expect, test } from "vitest";
import { BROKERS } from "../../harness/gateway.ts";
import { PUBLISH, PUBLISH_BATCH } from "./support/documents.ts";
import { sharedGateway, withSocket } from "./support/shared-gateway.ts";
import { codesOf, dataOf, declared, liveFeed, nextEvents, published } from "./support/user.ts";

const MAX_MESSAGE_BYTES = 4096;
const MAX_BATCH = 10;

describe.for(BROKERS)("publishing over %s", (broker) => {
  const gateway = sharedGateway({
    broker,
    maxMessageBytes: MAX_MESSAGE_BYTES,
    maxBatchSize: MAX_BATCH,
    // What is BUSY is the load's test: here a machine that does other things as well is no reason.
    publishWaitMs: 20_000,
  });
  const refused = async (input: Record<string, unknown>) => {
    const result = await gateway().graphql(PUBLISH, { input: { body: { text: "x" }, ...input } });
    return { codes: codesOf(result), message: result.errors?.[0]?.message, data: result.data };
  };

  test("a receipt says where the message went and whether a queue was bound to receive it", async () => {
    const exchange = await declared(gateway(), "TOPIC");
    const input = { exchange, routingKey: "red" };
    const receipt = {
      messageId: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/),
      exchange,
      routingKey: "red",
      persistent: true,
    };
    expect(await published(gateway(), input)).toEqual({ ...receipt, routed: false });
    await withSocket(gateway(), async (socket) => {
      await liveFeed(socket, { exchange, routingPatterns: ["red"] });
      expect(await published(gateway(), input)).toEqual({ ...receipt, routed: true });
      const elsewhere = { exchange, routingKey: "green" };
      expect(await published(gateway(), elsewhere)).toMatchObject({ routed: false });
    });
  });

  test("mandatory makes UNROUTABLE of a message that no queue receives, and of no other", async () => {
    const exchange = await declared(gateway(), "DIRECT");
    expect(await refused({ exchange, routingKey: "red", mandatory: true })).toEqual({
      codes: ["UNROUTABLE"],
      message: `No queue was bound to receive the routing key "red" from exchange "${exchange}"`,
      data: null,
    });
    await withSocket(gateway(), async (socket) => {
      await liveFeed(socket, { exchange, routingPatterns: ["red"] });
      const input = { exchange, routingKey: "red", mandatory: true };
      expect(await published(gateway(), input)).toMatchObject({ routed: true });
    });
  });

  test("over a WebSocket it is the same", async () => {
    const exchange = await declared(gateway(), "FANOUT");
    await withSocket(gateway(), async (socket) => {
      const feed = await liveFeed(socket, { exchange });
      const input = { exchange, body: { text: "hello" } };
      expect(dataOf(await socket.execute(PUBLISH, { input }))).toMatchObject({
        publish: { exchange, routed: true },
      });
      expect(await nextEvents(feed, 1)).toMatchObject([{ text: "hello" }]);
    });
  });

  test("to the default exchange the routing key names a queue", async () => {
    expect(await published(gateway(), { exchange: "", routingKey: "no such queue" })).toMatchObject(
      {
        exchange: "",
        routed: false,
      },
    );
  });

  test("a missing exchange is NOT_FOUND, and named", async () => {
    expect(await refused({ exchange: "nowhere" })).toEqual({
      codes: ["NOT_FOUND"],
      message: 'There is no exchange "nowhere"',
      data: null,
    });
  });

  test("an internal exchange takes no message", async () => {
    const exchange = await declared(gateway(), "TOPIC", { internal: true });
    expect(await refused({ exchange })).toMatchObject({ codes: ["FORBIDDEN"] });
  });

  test("a body at the bound is taken, one byte more is MESSAGE_TOO_LARGE", async () => {
    const exchange = await declared(gateway(), "FANOUT");
    const text = "x".repeat(MAX_MESSAGE_BYTES);
    expect(await published(gateway(), { exchange, body: { text } })).toHaveProperty("messageId");
    expect(await refused({ exchange, body: { text: `${text}x` } })).toMatchObject({
      codes: ["MESSAGE_TOO_LARGE"],
      message: "The body has 4097 bytes; at most 4096 are taken",
    });
  });

  test.for([
    ["no form", {}],
    ["two forms", { text: "x", json: 1 }],
    ["a form that is null", { text: null }],
    ["base64 that is none", { base64: "not base64" }],
    ["base64 without its padding", { base64: "AQ" }],
  ] as const)("a body with %s is refused", async ([, body]) => {
    const exchange = await declared(gateway(), "FANOUT");
    expect(await refused({ exchange, body })).toMatchObject({ codes: ["BAD_USER_INPUT"] });
  });

  /** RabbitMQ takes each of these, and its queue's process ends when it dead-letters the message. */
  test.for([
    ["x"],
    [[1]],
    [[null]],
    [[["nested"]]],
    [[{ queue: "work", reason: "rejected", count: "many" }]],
    [[{ queue: "work", reason: "rejected", count: true }]],
    [[{ queue: "work", reason: "rejected", count: 1 }, "and more"]],
    [[{ queue: "work", reason: "rejected", count: -1 }]],
    [[{ queue: 5, reason: "rejected" }]],
  ])("the header x-death %j, which no broker writes, is refused", async ([deaths]) => {
    const exchange = await declared(gateway(), "FANOUT");
    const { codes, message } = await refused({ exchange, headers: { "x-death": deaths } });
    expect(codes).toEqual(["BAD_USER_INPUT"]);
    expect(message).toMatch(/^headers\.x-death must be /);
  });

  test("the header x-death as brokers write it is taken", async () => {
    const exchange = await declared(gateway(), "FANOUT");
    const death = {
      queue: "work",
      reason: "rejected",
      count: 2,
      exchange: "",
      "routing-keys": ["work"],
      time: { $timestamp: "2026-11-27T12:00:00Z" },
    };
    const input = { exchange, body: { text: "x" }, headers: { "x-death": [death, {}] } };
    expect(codesOf(await gateway().graphql(PUBLISH, { input }))).toEqual([]);
  });

  describe("in a batch", () => {
    test("each item has its own outcome, in order, at its path", async () => {
      const exchange = await declared(gateway(), "TOPIC");
      const body = { text: "x" };
      const inputs = [
        { exchange, routingKey: "one", body },
        { exchange: "nowhere", body },
        { exchange, routingKey: "two", body, properties: { priority: -1 } },
        { exchange, routingKey: "three", body, mandatory: true },
        { exchange, routingKey: "four", body, headers: { big: 2 ** 60 } },
        { exchange, routingKey: "nobody's", body, mandatory: true },
        { exchange, routingKey: "five", body, properties: { messageId: "mine" } },
      ];
      await withSocket(gateway(), async (socket) => {
        const routingPatterns = ["one", "two", "three", "four", "five"];
        const feed = await liveFeed(socket, { exchange, routingPatterns });
        const { data, errors = [] } = await gateway().graphql(PUBLISH_BATCH, { inputs });
        expect(data).toEqual({
          publishBatch: [
            expect.objectContaining({ routingKey: "one", routed: true }),
            null,
            null,
            expect.objectContaining({ routingKey: "three", routed: true }),
            null,
            null,
            expect.objectContaining({ routingKey: "five", routed: true, messageId: "mine" }),
          ],
        });
        const told = errors
          .map(({ path, extensions }) => [path, extensions?.["code"]])
          .toSorted(([a], [b]) => String(a).localeCompare(String(b)));
        expect(told).toEqual([
          [["publishBatch", 1], "NOT_FOUND"],
          [["publishBatch", 2], "BAD_USER_INPUT"],
          [["publishBatch", 4], "BAD_USER_INPUT"],
          [["publishBatch", 5], "UNROUTABLE"],
        ]);
        const received = await nextEvents(feed, 3);
        expect(received.map(({ routingKey }) => routingKey)).toEqual(["one", "three", "five"]);
      });
    });

    test("no item is a batch like any other, and too many are refused as a whole", async () => {
      const exchange = await declared(gateway(), "TOPIC");
      expect(dataOf(await gateway().graphql(PUBLISH_BATCH, { inputs: [] }))).toEqual({
        publishBatch: [],
      });
      const inputs = Array.from({ length: MAX_BATCH + 1 }, () => ({
        exchange,
        body: { text: "" },
      }));
      await withSocket(gateway(), async (socket) => {
        const feed = await liveFeed(socket, { exchange });
        const result = await gateway().graphql(PUBLISH_BATCH, { inputs });
        expect(codesOf(result)).toEqual(["LIMIT_EXCEEDED"]);
        expect(result.errors?.[0]?.message).toBe("inputs has 11 entries; at most 10 are taken");
        await published(gateway(), { exchange, routingKey: "the first" });
        expect(await nextEvents(feed, 1)).toMatchObject([{ routingKey: "the first" }]);
      });
    });
  });

  test("publishes to many exchanges, right and wrong, at once have each its own outcome", async () => {
    const exchanges = await Promise.all(
      Array.from({ length: 10 }, () => declared(gateway(), "TOPIC")),
    );
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const exchange = i % 2 === 0 ? exchanges[i % exchanges.length] : `nowhere-${i % 7}`;
        const input = { exchange, body: { text: "x" } };
        const result = await gateway().graphql(PUBLISH, { input });
        return codesOf(result)[0] ?? "published";
      }),
    );
    const expected = outcomes.map((_, i) => (i % 2 === 0 ? "published" : "NOT_FOUND"));
    expect(outcomes).toEqual(expected);
  });
});
