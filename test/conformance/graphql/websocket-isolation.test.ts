import { describe, expect, test } from "vitest";
import { BROKERS } from "../../harness/gateway.ts";
import { BROKER_STATE, FEED, PUBLISH } from "./support/documents.ts";
import { expectNothingInternal } from "./support/nothing-internal.ts";
import { ProtocolSocket } from "./support/protocol-socket.ts";
import { sharedGateway } from "./support/shared-gateway.ts";
import { codesOf, declared, liveFeed, nextEvents, published } from "./support/user.ts";

const MAX_OPERATIONS = 4;

interface Mistake {
  readonly name: string;
  readonly payload: (exchange: string) => object;
  readonly code: string;
  /** What the message names. */
  readonly says: RegExp;
  /** `error` where nothing was executed; otherwise the errors are a result like any other. */
  readonly endedBy: "complete" | "error";
}

const publishing = (more: object) => (exchange: string) => ({
  query: PUBLISH,
  variables: { input: { exchange, body: { text: "x" }, ...more } },
});

const MISTAKES: readonly Mistake[] = [
  {
    name: "a syntax error",
    payload: () => ({ query: "subscription {" }),
    code: "GRAPHQL_PARSE_FAILED",
    says: /Syntax Error/,
    endedBy: "error",
  },
  {
    name: "an unknown field",
    payload: () => ({ query: "{ brokr { kind } }" }),
    code: "GRAPHQL_VALIDATION_FAILED",
    says: /"brokr"/,
    endedBy: "error",
  },
  {
    name: "an operation that is not in the document",
    payload: () => ({ query: "query One { broker { kind } }", operationName: "Two" }),
    code: "BAD_USER_INPUT",
    says: /operationName/,
    endedBy: "error",
  },
  {
    name: "a variable that is missing",
    payload: () => ({ query: FEED, variables: {} }),
    code: "BAD_USER_INPUT",
    says: /\$exchange/,
    endedBy: "complete",
  },
  {
    name: "a variable of the wrong type",
    payload: () => ({ query: PUBLISH, variables: { input: { exchange: 5, body: { text: "x" } } } }),
    code: "BAD_USER_INPUT",
    says: /\$input/,
    endedBy: "complete",
  },
  {
    name: "a publish to a missing exchange",
    payload: publishing({ exchange: "nowhere" }),
    code: "NOT_FOUND",
    says: /"nowhere"/,
    endedBy: "complete",
  },
  {
    name: "a publish with a bad priority",
    payload: publishing({ properties: { priority: 256 } }),
    code: "BAD_USER_INPUT",
    says: /priority is 256; it must be from 0 to 255/,
    endedBy: "complete",
  },
  {
    name: "a publish with a negative expiration",
    payload: publishing({ properties: { expirationMs: -1 } }),
    code: "BAD_USER_INPUT",
    says: /expirationMs is -1/,
    endedBy: "complete",
  },
  {
    name: "a publish with a routing key of 256 bytes",
    payload: publishing({ routingKey: "ä".repeat(128) }),
    code: "BAD_USER_INPUT",
    says: /256 bytes; AMQP allows 255/,
    endedBy: "complete",
  },
  {
    name: "a publish as another user",
    payload: publishing({ properties: { userId: "mallory" } }),
    code: "BAD_USER_INPUT",
    says: /"mallory"/,
    endedBy: "complete",
  },
  {
    name: "a header that clients would misread",
    payload: publishing({ headers: { nested: { "!": "int8" } } }),
    code: "BAD_USER_INPUT",
    says: /headers\.nested has the key "!"/,
    endedBy: "complete",
  },
  {
    name: "a header named __proto__",
    payload: () => ({
      query: PUBLISH,
      variables: JSON.parse(
        '{"input": {"exchange": "amq.topic", "body": {"text": "x"}, "headers": {"__proto__": 1}}}',
      ) as object,
    }),
    code: "BAD_USER_INPUT",
    says: /"__proto__"/,
    endedBy: "complete",
  },
  {
    name: "an unroutable mandatory publish",
    payload: publishing({ mandatory: true, routingKey: "nobody's" }),
    code: "UNROUTABLE",
    says: /"nobody's"/,
    endedBy: "complete",
  },
  {
    name: "a subscription to a missing exchange",
    payload: () => ({ query: FEED, variables: { exchange: "nowhere" } }),
    code: "NOT_FOUND",
    says: /"nowhere"/,
    endedBy: "complete",
  },
  {
    name: "a subscription to the default exchange",
    payload: () => ({ query: FEED, variables: { exchange: "" } }),
    code: "BAD_USER_INPUT",
    says: /default exchange/,
    endedBy: "complete",
  },
  {
    name: "a subscription without patterns",
    payload: (exchange) => ({ query: FEED, variables: { exchange, routingPatterns: [] } }),
    code: "BAD_USER_INPUT",
    says: /routingPatterns is empty/,
    endedBy: "complete",
  },
  {
    name: "two root fields in one subscription",
    payload: () => ({ query: "subscription { a: broker { kind } b: broker { kind } }" }),
    code: "GRAPHQL_VALIDATION_FAILED",
    says: /one/,
    endedBy: "error",
  },
];

describe.for(BROKERS)("a mistake in one operation, over %s", (broker) => {
  const gateway = sharedGateway({ broker, maxOperationsPerSocket: MAX_OPERATIONS });

  test.for(MISTAKES)("$name is that operation's error alone", async (mistake) => {
    const exchange = await declared(gateway(), "TOPIC");
    const socket = await ProtocolSocket.open(gateway().wsUrl);
    const feed = await liveFeed(socket, { exchange, routingPatterns: ["neighbour"] });
    const neighbours = { exchange, routingKey: "neighbour" };

    const wrong = socket.start(mistake.payload(exchange));
    const alongside = published(gateway(), neighbours);
    const result = await wrong.next();
    const ended = await wrong.ended;
    expect(codesOf(result)).toEqual([mistake.code]);
    expect(result.errors?.[0]?.message).toMatch(mistake.says);
    expect(ended).toBe(mistake.endedBy);

    expect(await alongside).toMatchObject({ routed: true });
    expect(await published(gateway(), neighbours)).toMatchObject({ routed: true });
    await nextEvents(feed, 2);
    expectNothingInternal(socket.texts);
    await socket.close();
  });

  test("all of them at once cost a running subscription no message", async () => {
    const exchange = await declared(gateway(), "TOPIC");
    const [socket, others] = await Promise.all([
      ProtocolSocket.open(gateway().wsUrl),
      ProtocolSocket.open(gateway().wsUrl),
    ]);
    const feed = await liveFeed(socket, { exchange, routingPatterns: ["count.*"] });
    const count = 100;
    const wrong: Promise<unknown>[] = [];
    for (let i = 0; i < count; i++) {
      const { payload } = MISTAKES[i % MISTAKES.length] ?? {};
      if (payload) wrong.push(others.start(payload(exchange)).ended);
      await published(gateway(), { exchange, routingKey: `count.${i}` });
    }
    expect((await nextEvents(feed, count)).map(({ routingKey }) => routingKey)).toEqual(
      Array.from({ length: count }, (_, i) => `count.${i}`),
    );
    await Promise.all(wrong);
    expect([socket.isOpen, others.isOpen]).toEqual([true, true]);
    await Promise.all([socket.close(), others.close()]);
  });

  test("one operation too many is refused, until another has ended", async () => {
    const exchange = await declared(gateway(), "TOPIC");
    const socket = await ProtocolSocket.open(gateway().wsUrl);
    const feeds = [];
    for (let i = 0; i < MAX_OPERATIONS; i++) feeds.push(await liveFeed(socket, { exchange }));

    const refused = socket.subscribe(FEED, { exchange });
    const result = await refused.next();
    expect(codesOf(result)).toEqual(["LIMIT_EXCEEDED"]);
    expect(result.errors?.[0]?.message).toMatch(`${MAX_OPERATIONS} operations`);
    expect(codesOf(await socket.execute(BROKER_STATE))).toEqual(["LIMIT_EXCEEDED"]);

    const [first, ...others] = feeds;
    first?.complete();
    expect(await socket.execute(BROKER_STATE)).toHaveProperty("data");
    await published(gateway(), { exchange });
    for (const feed of others) await nextEvents(feed, 1);
    await socket.close();
  });
});
