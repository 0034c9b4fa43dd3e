import { describe, expect, test } from "vitest";
import { Broker } from "../../../src/broker/broker.ts";
import {
  exchangeNotFound,
  noConnection,
  queueNotFound,
} from "../../../src/broker/broker-errors.ts";
import type { TapSpec } from "../../../src/broker/topology.ts";
import { resolveConfig } from "../../../src/config/config.ts";
import { Feeds } from "../../../src/feed/feeds.ts";
import type { Gap } from "../../../src/feed/feed-event.ts";
import { SharedTap, type Subscriber } from "../../../src/feed/shared-tap.ts";
import { createLogger } from "../../../src/telemetry/logger.ts";
import { ScriptedAdapter } from "../../harness/scripted-adapter.ts";
import { TestMessage } from "../../harness/test-message.ts";
import { Tally } from "../../../src/feed/tally.ts";
import { Metrics } from "../../../src/telemetry/metrics.ts";

const SPEC: TapSpec = { exchange: "orders", routingPatterns: ["#"] };
const GAP = { cause: "reconnected", from: new Date(1), until: new Date(2) } as const;

function brokerOf(adapter: ScriptedAdapter): Broker {
  return new Broker(adapter, resolveConfig(), {
    logger: createLogger({ level: "silent" }),
    metrics: new Metrics(),
  });
}

/** A subscriber that keeps what it is told, in words. */
function listening(): { told: string[]; subscriber: Subscriber } {
  const told: string[] = [];
  const subscriber: Subscriber = {
    live: () => told.push("live"),
    message: ({ routingKey }) => told.push(routingKey),
    interrupted: ({ code }) => told.push(`interrupted ${code}`),
    gap: ({ cause }) => told.push(`gap ${cause}`),
    ended: ({ message }) => told.push(`ended ${message}`),
  };
  return { told, subscriber };
}

const message = (routingKey: string) => new TestMessage({ routingKey });

async function opened() {
  const adapter = new ScriptedAdapter();
  const emptied: Promise<void>[] = [];
  const shared = new SharedTap(brokerOf(adapter), SPEC, new Tally(new Metrics()), (closing) =>
    emptied.push(closing),
  );
  return { shared, tap: await adapter.taps.take(), adapter, emptied };
}

describe("a tap that is shared", () => {
  test("is one at the broker, and everyone is told the same in the same order", async () => {
    const { shared, tap, adapter } = await opened();
    const [one, other] = [listening(), listening()];
    const joined = [shared.join(one.subscriber), shared.join(other.subscriber)];
    tap.goLive();
    await Promise.all(joined.map(({ ready }) => ready));
    tap.deliver(message("a"), message("b"));
    tap.interrupt(noConnection());
    tap.tellGap(GAP);
    tap.deliver(message("c"));
    expect(one.told).toEqual([
      "live",
      "a",
      "b",
      "interrupted BROKER_UNAVAILABLE",
      "gap reconnected",
      "c",
    ]);
    expect(other.told).toEqual(one.told);
    expect(adapter.taps.size).toBe(0);
  });

  test("tells who joins later that it is live, before anything else, and nothing from before", async () => {
    const { shared, tap } = await opened();
    const early = shared.join(listening().subscriber);
    tap.goLive();
    await early.ready;
    tap.deliver(message("before"));
    const late = listening();
    await shared.join(late.subscriber).ready;
    tap.deliver(message("after"));
    expect(late.told).toEqual(["live", "after"]);
  });

  test("tells who has left nothing more, from that moment on", async () => {
    const { shared, tap } = await opened();
    const [leaving, staying] = [listening(), listening()];
    const left = shared.join(leaving.subscriber);
    const stayed = shared.join(staying.subscriber);
    tap.goLive();
    await Promise.all([left.ready, stayed.ready]);
    left.leave();
    left.leave();
    tap.deliver(message("a"));
    expect(leaving.told).toEqual(["live"]);
    expect(staying.told).toEqual(["live", "a"]);
    expect(tap.isClosed).toBe(false);
  });

  test("is closed with the last to leave, and says so once", async () => {
    const { shared, tap, emptied } = await opened();
    const places = [shared.join(listening().subscriber), shared.join(listening().subscriber)];
    tap.goLive();
    await Promise.all(places.map(({ ready }) => ready));
    for (const place of places) place.leave();
    await tap.closed;
    expect(emptied).toHaveLength(1);
    await emptied[0];
  });

  test("is closed as soon as it is open where everyone left before", async () => {
    const { shared, tap, emptied } = await opened();
    const place = shared.join(listening().subscriber);
    place.leave();
    expect(emptied).toHaveLength(1);
    expect(tap.isClosed).toBe(false);
    tap.goLive();
    await emptied[0];
    expect(tap.isClosed).toBe(true);
  });

  test("refuses everyone where the broker refuses it, and leaves nobody behind", async () => {
    const { shared, tap, emptied } = await opened();
    const [one, other] = [listening(), listening()];
    const places = [shared.join(one.subscriber), shared.join(other.subscriber)];
    tap.refuse(exchangeNotFound("orders"));
    for (const { ready } of places)
      await expect(ready).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect([...one.told, ...other.told]).toEqual([]);
    expect(emptied).toHaveLength(1);
  });

  test("tells a gap that does not end before it begins, where the clock was set back meanwhile", async () => {
    const { shared, tap } = await opened();
    const gaps: Gap[] = [];
    const { subscriber } = listening();
    const { ready } = shared.join({ ...subscriber, gap: (gap) => gaps.push(gap) });
    tap.goLive();
    await ready;
    tap.tellGap({ ...GAP, from: new Date(3_600_000), until: new Date(2) });
    tap.tellGap(GAP);
    expect(gaps).toEqual([{ ...GAP, from: new Date(2), until: new Date(2) }, GAP]);
  });

  test("refuses who joins while it is interrupted, with the reason, and takes them afterwards", async () => {
    const { shared, tap } = await opened();
    const early = listening();
    const { ready } = shared.join(early.subscriber);
    tap.goLive();
    await ready;
    tap.interrupt(noConnection());
    tap.interrupt(queueNotFound("q"));
    const refused = listening();
    await expect(shared.join(refused.subscriber).ready).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    tap.tellGap(GAP);
    const late = listening();
    await shared.join(late.subscriber).ready;
    tap.deliver(message("a"));
    expect(refused.told).toEqual([]);
    expect(late.told).toEqual(["live", "a"]);
  });

  test("asks the broker about its bindings once for all who join while that is to be asked", async () => {
    const { shared, tap } = await opened();
    const first = shared.join(listening().subscriber);
    tap.goLive();
    await first.ready;
    await Promise.all(Array.from({ length: 100 }, () => shared.join(listening().subscriber).ready));
    expect(tap.confirmed).toBe(1);
    const startedAt = performance.now();
    while (performance.now() - startedAt < 200)
      await Promise.all(
        Array.from({ length: 10 }, () => shared.join(listening().subscriber).ready),
      );
    expect(tap.confirmed).toBeLessThanOrEqual(12);
  });

  test("asks again for who joins once it has asked", async () => {
    const { shared, tap } = await opened();
    const first = shared.join(listening().subscriber);
    tap.goLive();
    await first.ready;
    for (let times = 1; times <= 3; times++) {
      await shared.join(listening().subscriber).ready;
      expect(tap.confirmed).toBe(times);
    }
  });

  test("that has ended tells everyone why, last, and takes nobody any more", async () => {
    const adapter = new ScriptedAdapter();
    const feeds = new Feeds(brokerOf(adapter), { maxMessages: 10, maxBytes: 1_000 }, new Metrics());
    const { told, subscriber } = listening();
    const { ready } = feeds.join(SPEC, subscriber);
    const tap = await adapter.taps.take();
    tap.goLive();
    await ready;
    tap.end(noConnection());
    expect(told.at(-1)).toMatch(/^ended There is no connection/);
    feeds.join(SPEC, listening().subscriber);
    expect((await adapter.taps.take()).spec).toEqual(SPEC);
  });
});
