import type { FormattedExecutionResult } from "graphql";
import { describe, expect, test } from "vitest";
import { BROKERS } from "../../harness/gateway.ts";
import { PUBLISH } from "./support/documents.ts";
import { sharedGateway, withSocket } from "./support/shared-gateway.ts";
import { codesOf, declared, liveFeed, published, eventOf, type Received } from "./support/user.ts";

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe.for(BROKERS)("a message there and back, over %s", (broker) => {
  const gateway = sharedGateway({ broker });

  async function thereAndBack(input: Record<string, unknown>): Promise<Received> {
    const exchange = await declared(gateway(), "TOPIC");
    return await withSocket(gateway(), async (socket) => {
      const feed = await liveFeed(socket, { exchange });
      await published(gateway(), { exchange, ...input });
      return eventOf(await feed.next());
    });
  }

  async function headersOf(headers: Record<string, unknown>): Promise<unknown> {
    return (await thereAndBack({ headers }))["headers"];
  }

  test("has every property that it was given", async () => {
    const properties = {
      contentType: "application/vnd.shop.order+json",
      contentEncoding: "identity",
      persistent: false,
      priority: 200,
      correlationId: "correlation-ä",
      replyTo: "answers",
      expirationMs: 60_000,
      messageId: "message-1",
      timestamp: "2026-01-31T12:34:56.000Z",
      type: "order.created",
      userId: "guest",
      appId: "shop",
    };
    const received = await thereAndBack({ routingKey: "order.1", properties });
    expect(received).toMatchObject({ __typename: "Message", routingKey: "order.1", properties });
  });

  test("has an id, a time and a content type where none was given, and nothing else", async () => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    const { properties } = await thereAndBack({ body: { json: [1] } });
    expect(properties).toEqual({
      contentType: "application/json",
      contentEncoding: null,
      persistent: true,
      priority: null,
      correlationId: null,
      replyTo: null,
      expirationMs: null,
      messageId: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/),
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/),
      type: null,
      userId: null,
      appId: null,
    });
    const { timestamp } = properties as { timestamp: string };
    expect(Date.parse(timestamp)).toBeGreaterThanOrEqual(before);
  });

  test("knows where it was published, and when it was received", async () => {
    const exchange = await declared(gateway(), "FANOUT");
    await withSocket(gateway(), async (socket) => {
      const feed = await liveFeed(socket, { exchange });
      await published(gateway(), { exchange, routingKey: "any.key" });
      expect(eventOf(await feed.next())).toMatchObject({
        exchange,
        routingKey: "any.key",
        redelivered: false,
        receivedAt: expect.stringMatching(INSTANT),
        cursor: null,
        gap: null,
      });
    });
  });

  test("keeps the extremes of what its properties hold", async () => {
    const longest = "é".repeat(127) + "x";
    const { properties, routingKey } = await thereAndBack({
      routingKey: longest,
      properties: {
        correlationId: longest,
        priority: 255,
        expirationMs: 2_147_483_647,
        timestamp: "1970-01-01T00:00:00.000Z",
        type: "",
      },
    });
    expect(routingKey).toBe(longest);
    expect(properties).toMatchObject({
      correlationId: longest,
      priority: 255,
      expirationMs: 2_147_483_647,
      timestamp: "1970-01-01T00:00:00.000Z",
    });
  });

  test("a time is told in UTC, in whole seconds, as AMQP keeps it", async () => {
    const { properties } = await thereAndBack({
      properties: { timestamp: "2026-01-31T12:34:56.789+02:00" },
    });
    expect(properties).toMatchObject({ timestamp: "2026-01-31T10:34:56.000Z" });
  });

  describe("its body", () => {
    test.for([
      ["an object", { a: [1, "ä", null, true, { b: 1.5 }] }],
      ["a list", [1, 2]],
      ["a string", "🐇"],
      ["a number", 0],
      ["false", false],
    ] as const)("that is JSON: %s", async ([, json]) => {
      const received = await thereAndBack({ body: { json } });
      const text = JSON.stringify(json);
      expect(received).toMatchObject({ json, text, ...bytesOf(text) });
      expect(received["properties"]).toMatchObject({ contentType: "application/json" });
    });

    test("that is text", async () => {
      const text = "Zażółć 🐇\n\u0000 {";
      const received = await thereAndBack({ body: { text } });
      expect(received).toMatchObject({ json: null, text, ...bytesOf(text) });
      expect(received["properties"]).toMatchObject({ contentType: "text/plain; charset=utf-8" });
    });

    test("that is bytes and no UTF-8", async () => {
      const base64 = Buffer.from([0xff, 0x00, 0xfe, 0x80]).toString("base64");
      const received = await thereAndBack({ body: { base64 } });
      expect(received).toMatchObject({ json: null, text: null, base64, size: 4 });
      expect(received["properties"]).toMatchObject({ contentType: "application/octet-stream" });
    });

    test("that is empty", async () => {
      expect(await thereAndBack({ body: { text: "" } })).toMatchObject({
        json: null,
        text: "",
        base64: "",
        size: 0,
      });
    });

    test("of 256 KiB", async () => {
      const text = "0123456789abcdef".repeat(16_384);
      expect(await thereAndBack({ body: { text } })).toMatchObject({ text, size: 262_144 });
    });
  });

  describe("its headers", () => {
    test("are none where none were given", async () => {
      expect(await headersOf({})).toEqual({});
    });

    test("of JSON's own types are what they were", async () => {
      const headers = {
        text: "Zażółć 🐇",
        empty: "",
        whole: 42,
        negative: -1,
        large: Number.MAX_SAFE_INTEGER,
        fraction: 0.1,
        yes: true,
        no: false,
        nothing: null,
        list: ["a", 1, 2.5, true, null, ["b"], { c: 1 }],
        table: { nested: { deeper: "still" }, empty: {} },
        ä: "a key that is not ASCII",
        $other: { $unknown: 1, and: 2 },
      };
      expect(await headersOf(headers)).toEqual(headers);
    });

    test("of types that JSON lacks have a form of their own, both ways", async () => {
      const headers = {
        bytes: { $bytes: "AP+AQQ==" },
        time: { $timestamp: "2026-01-31T12:00:00Z" },
        price: { $decimal: "12.34" },
        small: { $decimal: "0.005" },
        list: [{ $bytes: "" }, { $timestamp: "1970-01-01T00:00:00Z" }],
      };
      expect(await headersOf(headers)).toEqual(headers);
    });

    test("that JSON holds after all come back as plain numbers", async () => {
      expect(
        await headersOf({
          int64: { $int64: "-42" },
          double: { $double: 1 },
          seconds: { $timestamp: 1_769_860_800 },
        }),
      ).toEqual({
        int64: -42,
        double: 1,
        seconds: { $timestamp: "2026-01-31T12:00:00Z" },
      });
    });

    test("keep all digits of a 64-bit integer", async () => {
      const headers = {
        beyond: { $int64: "9007199254740993" },
        most: { $int64: "9223372036854775807" },
        least: { $int64: "-9223372036854775808" },
      };
      expect(await headersOf(headers)).toEqual(headers);
    });

    test.for([
      ["an integer beyond what JSON holds exactly", { a: 2 ** 53 }, /headers\.a: .*\$int64/],
      ["$int64 beyond 64 bits", { a: { $int64: "9223372036854775808" } }, /64-bit/],
      ["$int64 that is no string", { a: { $int64: 5 } }, /\$int64 must be a string of digits/],
      ["$bytes that are no base64", { a: [{ $bytes: "?" }] }, /headers\.a\[0\]: \$bytes must be/],
      ["$timestamp that is none", { a: { $timestamp: "yesterday" } }, /\$timestamp must be/],
      ["$timestamp before 1970", { a: { $timestamp: -1 } }, /1970/],
      ["$decimal with a sign", { a: { $decimal: "-1.5" } }, /\$decimal must be/],
      ["$double that is text", { a: { $double: "NaN" } }, /\$double must be/],
      ["a key of 256 bytes", { ["k".repeat(256)]: 1 }, /AMQP allows 255/],
      ["tables nested too deeply", { a: { b: { c: { d: { e: 1 } } } } }, /nested too deeply/],
      ["CC that is no list", { CC: "other" }, /headers\.CC must be a list/],
    ] as const)("are refused with the value named: %s", async ([, headers, says]) => {
      const input = { exchange: "amq.topic", body: { text: "x" }, headers };
      const result = await gateway().graphql(PUBLISH, { input });
      expect(codesOf(result)).toHaveLength(1);
      expect(["BAD_USER_INPUT", "LIMIT_EXCEEDED"]).toContain(codesOf(result)[0]);
      expect(result.errors?.[0]?.message).toMatch(says);
    });

    test.for(["1e400", "-1e400", '{"$double": 1e400}', '[{"b": 1e400}]'])(
      "of a number beyond what a double holds are refused: %s",
      async (number) => {
        const input = `{"exchange": "amq.topic", "body": {"text": "x"}, "headers": {"a": ${number}}}`;
        const response = await fetch(gateway().graphqlUrl, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: `{"query": ${JSON.stringify(PUBLISH)}, "variables": {"input": ${input}}}`,
        });
        const result = (await response.json()) as FormattedExecutionResult;
        expect(codesOf(result)).toEqual(["BAD_USER_INPUT"]);
        expect(await published(gateway(), { exchange: "amq.topic" })).toHaveProperty("messageId");
      },
    );

    test("CC sends the message along further keys, BCC does so unseen", async () => {
      const exchange = await declared(gateway(), "DIRECT");
      await withSocket(gateway(), async (socket) => {
        const [copy, blind] = [
          await liveFeed(socket, { exchange, routingPatterns: ["copy"] }),
          await liveFeed(socket, { exchange, routingPatterns: ["blind"] }),
        ];
        const headers = { CC: ["copy"], BCC: ["blind"] };
        await published(gateway(), { exchange, routingKey: "nobody's", headers });
        for (const feed of [copy, blind])
          expect(eventOf(await feed.next())).toMatchObject({
            routingKey: "nobody's",
            headers: { CC: ["copy"] },
          });
      });
    });
  });
});

/** What any body says of these bytes. */
function bytesOf(text: string) {
  return { base64: Buffer.from(text).toString("base64"), size: Buffer.byteLength(text) };
}
