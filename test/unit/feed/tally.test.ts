import { expect, test } from "vitest";
import { Broker } from "../../../src/broker/broker.ts";
import { noConnection } from "../../../src/broker/broker-errors.ts";
import type { TapSpec } from "../../../src/broker/topology.ts";
import { resolveConfig } from "../../../src/config/config.ts";
import { Feeds } from "../../../src/feed/feeds.ts";
import { createLogger } from "../../../src/telemetry/logger.ts";
import { Metrics } from "../../../src/telemetry/metrics.ts";
import { ScriptedAdapter } from "../../harness/scripted-adapter.ts";
import { TestMessage } from "../../harness/test-message.ts";

const SPEC: TapSpec = { exchange: "orders", routingPatterns: ["#"] };
const OVERFLOW = { cause: "broker-overflow", from: new Date(1), until: new Date(2) } as const;

const message = () => new TestMessage({ routingKey: "a" });

async function liveFeed(maxMessages = 10) {
  const adapter = new ScriptedAdapter();
  const metrics = new Metrics();
  const broker = new Broker(adapter, resolveConfig(), {
    logger: createLogger({ level: "silent" }),
    metrics,
  });
  const feeds = new Feeds(broker, { maxMessages, maxBytes: 1_000_000 }, metrics);
  const subscribing = feeds.subscribe(SPEC);
  const tap = await adapter.taps.take();
  const counted = async (series: string) => {
    const line = (await metrics.text()).split("\n").find((text) => text.startsWith(`${series} `));
    return line === undefined ? 0 : Number(line.slice(series.length + 1));
  };
  return { subscribing, tap, counted };
}

test("a subscription counts from being live until its reader ends it", async () => {
  const { subscribing, tap, counted } = await liveFeed();
  expect(await counted("rabbitql_subscribers")).toBe(0);
  tap.goLive();
  const events = await subscribing;
  expect(await counted("rabbitql_subscribers")).toBe(1);
  for (let times = 0; times < 2; times++) await events.return?.();
  expect(await counted("rabbitql_subscribers")).toBe(0);
});

test("a subscription that the broker ends counts no longer", async () => {
  const { subscribing, tap, counted } = await liveFeed();
  tap.goLive();
  const events = await subscribing;
  tap.end(noConnection());
  await events.next();
  await expect(events.next()).rejects.toMatchObject({ code: "BROKER_UNAVAILABLE" });
  await events.return?.();
  expect(await counted("rabbitql_subscribers")).toBe(0);
});

test("a subscription that could not be had does not count", async () => {
  const { subscribing, tap, counted } = await liveFeed();
  tap.refuse(noConnection());
  await expect(subscribing).rejects.toMatchObject({ code: "BROKER_UNAVAILABLE" });
  expect(await counted("rabbitql_subscribers")).toBe(0);
});

test("messages count as received when they come, and as delivered when they are read", async () => {
  const { subscribing, tap, counted } = await liveFeed();
  tap.goLive();
  const events = await subscribing;
  tap.deliver(message(), message());
  for (let count = 0; count < 2; count++) await events.next();
  expect(await counted("rabbitql_messages_received_total")).toBe(2);
  expect(await counted("rabbitql_messages_delivered_total")).toBe(1);
});

test("what the broker has dropped counts as much as is known, and its gap once", async () => {
  const { subscribing, tap, counted } = await liveFeed();
  tap.goLive();
  await subscribing;
  tap.tellGap({ ...OVERFLOW, dropped: 7 });
  tap.tellGap(OVERFLOW);
  expect(await counted('rabbitql_messages_dropped_total{by="broker"}')).toBe(8);
  expect(await counted('rabbitql_gaps_total{cause="broker-overflow"}')).toBe(2);
});

test("what the gateway has dropped for a slow reader counts, and its gap once", async () => {
  const { subscribing, tap, counted } = await liveFeed(1);
  tap.goLive();
  const events = await subscribing;
  tap.deliver(...Array.from({ length: 5 }, message));
  for (let count = 0; count < 2; count++) await events.next();
  expect(await counted('rabbitql_messages_dropped_total{by="gateway"}')).toBe(4);
  expect(await counted('rabbitql_gaps_total{cause="slow-consumer"}')).toBe(1);
});
