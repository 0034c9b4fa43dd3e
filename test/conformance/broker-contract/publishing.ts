import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { fieldTable } from "../../../src/broker/field-table.ts";
import { coded } from "./coded.ts";
import { declared, message, tapped, unique } from "./fixtures.ts";
import type { BrokerHarness } from "./harness.ts";
import { sharedAdapter } from "./shared-adapter.ts";

export function publishing(harness: BrokerHarness): void {
  const adapter = sharedAdapter(harness);

  test("says whether a queue was there to receive the message", async () => {
    const exchange = await declared(adapter(), "topic");
    expect(await adapter().publish(message(exchange, "a.b"))).toEqual({ routed: false });
    const { tap } = await tapped(adapter(), exchange, ["a.*"]);
    expect(await adapter().publish(message(exchange, "a.b"))).toEqual({ routed: true });
    expect(await adapter().publish(message(exchange, "b.a"))).toEqual({ routed: false });
    await tap.close();
    expect(await adapter().publish(message(exchange, "a.b"))).toEqual({ routed: false });
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });

  test("says so for each of many at once, one message id used twice included", async () => {
    const exchange = await declared(adapter(), "direct");
    const { tap, recorder } = await tapped(adapter(), exchange, ["yes"]);
    const keys = Array.from({ length: 200 }, (_, place) => (place % 3 === 0 ? "no" : "yes"));
    const messageId = randomUUID();
    const receipts = await Promise.all(
      keys.map((key) =>
        adapter().publish(message(exchange, key, { properties: { messageId, persistent: true } })),
      ),
    );
    expect(receipts.map(({ routed }) => routed)).toEqual(keys.map((key) => key === "yes"));
    await recorder.received(keys.filter((key) => key === "yes").length);
    await tap.close();
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });

  test("to a missing exchange is NOT_FOUND, and its neighbours go on unharmed", async () => {
    const exchange = await declared(adapter(), "fanout");
    const missing = unique("missing");
    const { tap, recorder } = await tapped(adapter(), exchange);
    const bodies = Array.from({ length: 60 }, (_, place) => String(place));
    const isSent = bodies.map((_, place) => place % 4 !== 1);
    const outcomes = await Promise.allSettled(
      bodies.map((body, place) =>
        adapter().publish(message(isSent[place] ? exchange : missing, body)),
      ),
    );
    const notFound = { status: "rejected", reason: coded("NOT_FOUND", missing) };
    expect(outcomes).toEqual(
      bodies.map((_, place) =>
        isSent[place] ? { status: "fulfilled", value: { routed: true } } : notFound,
      ),
    );
    const sent = bodies.filter((_, place) => isSent[place]);
    await recorder.received(sent.length);
    expect(recorder.bodies).toEqual(sent);
    expect(recorder.calls).not.toContain("interrupted");
    await tap.close();
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });

  test("works as soon as a missing exchange is declared, and no longer than it is there", async () => {
    const { name, ...spec } = {
      name: unique("late"),
      type: "fanout",
      durable: false,
      autoDelete: false,
      internal: false,
    } as const;
    await expect(adapter().publish(message(name, "a"))).rejects.toEqual(coded("NOT_FOUND", name));
    await adapter().declareExchange({ name, ...spec, arguments: fieldTable() });
    expect(await adapter().publish(message(name, "a"))).toEqual({ routed: false });
    await adapter().deleteExchange(name, { ifUnused: true });
    await expect(adapter().publish(message(name, "a"))).rejects.toEqual(coded("NOT_FOUND", name));
  });

  test("to an internal exchange is FORBIDDEN", async () => {
    const exchange = await declared(adapter(), "fanout", { internal: true });
    await expect(adapter().publish(message(exchange, "a"))).rejects.toEqual(
      coded("FORBIDDEN", exchange),
    );
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });

  test("under another user's id is refused, and under one's own is not", async () => {
    const exchange = await declared(adapter(), "fanout");
    const as = (userId: string) =>
      message(exchange, "a", {
        properties: { messageId: randomUUID(), persistent: false, userId },
      });
    await expect(adapter().publish(as("somebody-else"))).rejects.toEqual(
      coded("PRECONDITION_FAILED"),
    );
    expect(await adapter().publish(as(adapter().user))).toEqual({ routed: false });
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });

  test("one adapter's mistake is not noticed by another", async () => {
    const other = await harness.openAdapter();
    const exchange = await declared(other.adapter, "fanout");
    const { recorder } = await tapped(other.adapter, exchange);
    await expect(adapter().publish(message(unique("missing"), "a"))).rejects.toEqual(
      coded("NOT_FOUND"),
    );
    await adapter().publish(message(exchange, "from the one that erred"));
    await other.adapter.publish(message(exchange, "from the other"));
    await recorder.received(2);
    expect(recorder.calls).toEqual(["live", "delivery", "delivery"]);
    await other.close();
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });
}
