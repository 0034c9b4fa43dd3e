import { describe, expect, test } from "vitest";
import { Broker } from "../../../src/broker/broker.ts";
import { exchangeNotFound, noConnection } from "../../../src/broker/broker-errors.ts";
import { fieldTable } from "../../../src/broker/field-table.ts";
import type { TapSpec } from "../../../src/broker/topology.ts";
import { resolveConfig } from "../../../src/config/config.ts";
import type { FeedEvent } from "../../../src/feed/feed-event.ts";
import { Feeds } from "../../../src/feed/feeds.ts";
import { createLogger } from "../../../src/telemetry/logger.ts";
import { ScriptedAdapter } from "../../harness/scripted-adapter.ts";
import { TestMessage } from "../../harness/test-message.ts";
import { Metrics } from "../../../src/telemetry/metrics.ts";

const SPEC: TapSpec = { exchange: "orders", routingPatterns: ["#"] };

function scripted(maxMessages = 10) {
  const adapter = new ScriptedAdapter();
  const broker = new Broker(adapter, resolveConfig(), {
    logger: createLogger({ level: "silent" }),
    metrics: new Metrics(),
  });
  return { adapter, feeds: new Feeds(broker, { maxMessages, maxBytes: 1_000_000 }, new Metrics()) };
}

const message = (routingKey: string) => new TestMessage({ routingKey });

function match(values: Parameters<typeof fieldTable>[0]) {
  return { match: "all" as const, values: fieldTable(values) };
}

function inWords(event: FeedEvent | undefined): string {
  if (event?.kind === "message") return event.message.routingKey;
  return event?.kind === "gap"
    ? `gap ${event.gap.cause} ${event.gap.dropped}`
    : String(event?.kind);
}

async function read(events: AsyncIterator<FeedEvent>, count: number): Promise<string[]> {
  const words: string[] = [];
  while (words.length < count) words.push(inWords((await events.next()).value as FeedEvent));
  return words;
}

describe("a feed", () => {
  test("is had once it is live, and tells that first", async () => {
    const { adapter, feeds } = scripted();
    let had = false;
    const subscribing = feeds.subscribe(SPEC).then((events) => {
      had = true;
      return events;
    });
    const tap = await adapter.taps.take();
    expect(had).toBe(false);
    tap.goLive();
    const events = await subscribing;
    tap.deliver(message("a"));
    expect(await read(events, 2)).toEqual(["live", "a"]);
  });

  test("that nobody reads holds its bound, and counts what it drops", async () => {
    const { adapter, feeds } = scripted(2);
    const subscribing = feeds.subscribe(SPEC);
    const tap = await adapter.taps.take();
    tap.goLive();
    const events = await subscribing;
    tap.deliver(...["1", "2", "3", "4", "5"].map(message));
    expect(await read(events, 4)).toEqual(["live", "gap slow-consumer 3", "4", "5"]);
  });

  test("takes the tap with it when its reader goes, also while one waits", async () => {
    const { adapter, feeds } = scripted();
    const subscribing = feeds.subscribe(SPEC);
    const tap = await adapter.taps.take();
    tap.goLive();
    const events = await subscribing;
    await events.next();
    const waiting = events.next();
    await events.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
    await tap.closed;
    expect(feeds.size.open).toBe(0);
  });

  test("gives what it has, then why it ended", async () => {
    const { adapter, feeds } = scripted();
    const subscribing = feeds.subscribe(SPEC);
    const tap = await adapter.taps.take();
    tap.goLive();
    const events = await subscribing;
    tap.deliver(message("a"));
    tap.end(noConnection());
    expect(await read(events, 2)).toEqual(["live", "a"]);
    await expect(events.next()).rejects.toMatchObject({ code: "BROKER_UNAVAILABLE" });
  });

  test("that is refused leaves nothing for the next", async () => {
    const { adapter, feeds } = scripted();
    const refused = feeds.subscribe(SPEC);
    (await adapter.taps.take()).refuse(exchangeNotFound("orders"));
    await expect(refused).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(feeds.size.open).toBe(0);
    const next = feeds.subscribe(SPEC);
    (await adapter.taps.take()).goLive();
    expect(await read(await next, 1)).toEqual(["live"]);
  });
});

describe("feeds of the same messages share a tap", () => {
  const base: TapSpec = { exchange: "orders", routingPatterns: ["a", "b"] };

  test.for<[string, TapSpec, TapSpec]>([
    ["whatever the order of patterns", base, { ...base, routingPatterns: ["b", "a"] }],
    [
      "whatever the order of headers",
      { ...base, headers: match({ x: 1, y: "1" }) },
      { ...base, headers: match({ y: "1", x: 1 }) },
    ],
  ])("%s", ([, one, other]) => {
    const { adapter, feeds } = scripted();
    for (const spec of [one, other]) void feeds.subscribe(spec);
    expect(adapter.taps.size).toBe(1);
  });

  test.for<[string, TapSpec, TapSpec]>([
    ["another exchange", base, { ...base, exchange: "other" }],
    ["patterns that read the same in a row", base, { ...base, routingPatterns: ["a,b"] }],
    [
      "headers of another type",
      { ...base, headers: match({ x: 1 }) },
      { ...base, headers: match({ x: "1" }) },
    ],
    [
      "another way to match",
      { ...base, headers: match({ x: 1 }) },
      { ...base, headers: { ...match({ x: 1 }), match: "any" } },
    ],
    ["no headers", { ...base, headers: match({}) }, base],
  ])("and not with %s", ([, one, other]) => {
    const { adapter, feeds } = scripted();
    for (const spec of [one, other]) void feeds.subscribe(spec);
    expect(adapter.taps.size).toBe(2);
  });
});
