import { describe, expect, test } from "vitest";
import { BROKERS } from "../../harness/gateway.ts";
import { FEED, PUBLISH_BATCH } from "./support/documents.ts";
import { sharedGateway, withSocket } from "./support/shared-gateway.ts";
import {
  declared,
  eventOf,
  liveFeed,
  liveMessages,
  nextEvents,
  published,
  type ExchangeTypeName,
  type TapVariables,
} from "./support/user.ts";

interface Sent {
  readonly routingKey: string;
  readonly headers?: Record<string, unknown>;
}

interface Case {
  readonly name: string;
  readonly type: ExchangeTypeName;
  readonly asks: Omit<TapVariables, "exchange">;
  /** The last one is received, so that whatever was before it has been received or never will be. */
  readonly sent: readonly Sent[];
  readonly received: readonly string[];
}

const keys = (...names: string[]): Sent[] => names.map((routingKey) => ({ routingKey }));

const CASES: readonly Case[] = [
  {
    name: "direct: the key asked for",
    type: "DIRECT",
    asks: { routingPatterns: ["red"] },
    sent: keys("green", "red.dark", "RED", "", "red"),
    received: ["red"],
  },
  {
    name: "direct: several keys, each message once",
    type: "DIRECT",
    asks: { routingPatterns: ["red", "green", "red"] },
    sent: keys("red", "blue", "green"),
    received: ["red", "green"],
  },
  {
    name: "direct: wildcards are letters like any other",
    type: "DIRECT",
    asks: { routingPatterns: ["*", "end"] },
    sent: keys("red", "*", "end"),
    received: ["*", "end"],
  },
  {
    name: "fanout: everything, whatever the patterns say",
    type: "FANOUT",
    asks: { routingPatterns: ["red"] },
    sent: keys("green", "", "red"),
    received: ["green", "", "red"],
  },
  {
    name: "topic: everything where nothing is asked",
    type: "TOPIC",
    asks: {},
    sent: keys("", "a", "a.b.c"),
    received: ["", "a", "a.b.c"],
  },
  {
    name: "topic: a star is one word, a hash any number",
    type: "TOPIC",
    asks: { routingPatterns: ["order.*", "#.end"] },
    sent: keys("order", "order.created", "order.created.eu", "invoice", "order.x.end", "end"),
    received: ["order.created", "order.x.end", "end"],
  },
  {
    name: "topic: a message that several patterns match comes once",
    type: "TOPIC",
    asks: { routingPatterns: ["a.#", "a.b", "*.b", "#"] },
    sent: keys("a.b", "a"),
    received: ["a.b", "a"],
  },
  {
    name: "headers: all values, by default",
    type: "HEADERS",
    asks: { headers: { values: { kind: "report", pages: 3 } } },
    sent: [
      { routingKey: "none" },
      { routingKey: "one", headers: { kind: "report" } },
      { routingKey: "other type", headers: { kind: "report", pages: "3" } },
      { routingKey: "all and more", headers: { kind: "report", pages: 3, colour: "red" } },
      { routingKey: "all", headers: { pages: 3, kind: "report" } },
    ],
    received: ["all and more", "all"],
  },
  {
    name: "headers: any value",
    type: "HEADERS",
    asks: { headers: { match: "ANY", values: { kind: "report", urgent: true } } },
    sent: [
      { routingKey: "none", headers: { kind: "letter", urgent: false } },
      { routingKey: "kind", headers: { kind: "report" } },
      { routingKey: "urgent", headers: { kind: "letter", urgent: true } },
    ],
    received: ["kind", "urgent"],
  },
  {
    name: "headers: null asks that a header is there",
    type: "HEADERS",
    asks: { headers: { values: { kind: null } } },
    sent: [{ routingKey: "none" }, { routingKey: "there", headers: { kind: 1 } }],
    received: ["there"],
  },
];

describe.for(BROKERS)("what a subscription receives, over %s", (broker) => {
  const gateway = sharedGateway({ broker });

  for (const [field, subscribe] of [
    ["feed", liveFeed],
    ["messages", liveMessages],
  ] as const) {
    test.for(CASES)(`${field}: $name`, async ({ type, asks, sent, received }) => {
      const exchange = await declared(gateway(), type);
      await withSocket(gateway(), async (socket) => {
        const subscription = await subscribe(socket, { exchange, ...asks });
        for (const message of sent) await published(gateway(), { exchange, ...message });
        const events = await nextEvents(subscription, received.length);
        expect(events.map(({ routingKey }) => routingKey)).toEqual(received);
        expect(subscription.results.size).toBe(0);
      });
    });
  }

  test("every message after Live arrives, in the order of publishing, once", async () => {
    const exchange = await declared(gateway(), "TOPIC");
    await withSocket(gateway(), async (socket) => {
      const feed = await liveFeed(socket, { exchange });
      const count = 500;
      const sent = Array.from({ length: count }, (_, i) => ({
        exchange,
        routingKey: `${i}`,
        body: { json: i },
      }));
      const batches = Array.from({ length: count / 100 }, (_, i) =>
        sent.slice(i * 100, i * 100 + 100),
      );
      for (const inputs of batches) await gateway().graphql(PUBLISH_BATCH, { inputs });
      const received = (await nextEvents(feed, count)).map(({ routingKey }) => routingKey);
      expect(received).toEqual(sent.map(({ routingKey }) => routingKey));
    });
  });

  test("Live is the first event, with the time since when", async () => {
    const exchange = await declared(gateway(), "TOPIC");
    await withSocket(gateway(), async (socket) => {
      const before = new Date().toISOString();
      for (let subscribers = 0; subscribers < 2; subscribers++) {
        const event = eventOf(await socket.subscribe(FEED, { exchange }).next());
        expect(event).toEqual({ __typename: "Live", since: expect.any(String) });
        expect(String(event["since"]) >= before).toBe(true);
        expect(String(event["since"])).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      }
    });
  });

  test("a message that was published before is not received", async () => {
    const exchange = await declared(gateway(), "FANOUT");
    await published(gateway(), { exchange, routingKey: "before" });
    await withSocket(gateway(), async (socket) => {
      const feed = await liveFeed(socket, { exchange });
      await published(gateway(), { exchange, routingKey: "after" });
      expect(await nextEvents(feed, 1)).toMatchObject([{ routingKey: "after" }]);
    });
  });
});
