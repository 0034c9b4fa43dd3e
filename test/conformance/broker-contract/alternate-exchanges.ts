import { expect, test } from "vitest";
import type { BrokerAdapter } from "../../../src/broker/adapter.ts";
import { fieldTable } from "../../../src/broker/field-table.ts";
import { binding, declared, message, tapped, unique } from "./fixtures.ts";
import type { BrokerHarness } from "./harness.ts";
import { sharedAdapter } from "./shared-adapter.ts";

/** RabbitMQ, "Alternate Exchanges". */
export function alternateExchanges(harness: BrokerHarness): void {
  const adapter = sharedAdapter(harness);

  test("receive what the first exchange cannot route, which then is routed", async () => {
    const alternate = await declared(adapter(), "fanout");
    const exchange = await withAlternate(adapter(), alternate);
    const unrouted = await tapped(adapter(), alternate);
    const routed = await tapped(adapter(), exchange, ["known"]);
    const receipts = [
      await adapter().publish(message(exchange, "unknown")),
      await adapter().publish(message(exchange, "known")),
      await adapter().publish(message(exchange, "unknown too")),
    ];
    await unrouted.recorder.received(2);
    await routed.recorder.received(1);
    expect(receipts).toEqual([{ routed: true }, { routed: true }, { routed: true }]);
    expect(unrouted.recorder.routingKeys).toEqual(["unknown", "unknown too"]);
    expect(unrouted.recorder.messages.map((received) => received.exchange)).toEqual([
      exchange,
      exchange,
    ]);
    expect(routed.recorder.routingKeys).toEqual(["known"]);
    await Promise.all([unrouted.tap.close(), routed.tap.close()]);
    for (const name of [exchange, alternate])
      await adapter().deleteExchange(name, { ifUnused: true });
  });

  test("that are missing, or have nobody bound, leave a message unrouted", async () => {
    const missing = await withAlternate(adapter(), unique("missing"));
    const alternate = await declared(adapter(), "fanout");
    const unbound = await withAlternate(adapter(), alternate);
    for (const exchange of [missing, unbound])
      expect(await adapter().publish(message(exchange, "a"))).toEqual({ routed: false });
    for (const name of [missing, unbound, alternate])
      await adapter().deleteExchange(name, { ifUnused: true });
  });

  test("are not asked where a binding matched, even one that leads nowhere", async () => {
    const alternate = await declared(adapter(), "fanout");
    const exchange = await withAlternate(adapter(), alternate);
    const deadEnd = await declared(adapter(), "fanout");
    await adapter().bind(
      binding(exchange, deadEnd, { destinationType: "exchange", routingKey: "a" }),
    );
    const { tap, recorder } = await tapped(adapter(), alternate);
    expect(await adapter().publish(message(exchange, "a"))).toEqual({ routed: false });
    expect(await adapter().publish(message(exchange, "b"))).toEqual({ routed: true });
    await recorder.received(1);
    expect(recorder.routingKeys).toEqual(["b"]);
    await tap.close();
    for (const name of [exchange, deadEnd, alternate])
      await adapter().deleteExchange(name, { ifUnused: false });
  });

  test("may be internal, and may form a circle", async () => {
    const [first, second] = [unique("first"), unique("second")];
    const spec = { type: "direct", durable: false, autoDelete: false } as const;
    await adapter().declareExchange({
      ...spec,
      name: first,
      internal: false,
      arguments: fieldTable({ "alternate-exchange": second }),
    });
    await adapter().declareExchange({
      ...spec,
      name: second,
      internal: true,
      arguments: fieldTable({ "alternate-exchange": first }),
    });
    const { tap, recorder } = await tapped(adapter(), second, ["a"]);
    expect(await adapter().publish(message(first, "b"))).toEqual({ routed: false });
    expect(await adapter().publish(message(first, "a"))).toEqual({ routed: true });
    await recorder.received(1);
    expect(recorder.routingKeys).toEqual(["a"]);
    await tap.close();
    for (const name of [first, second]) await adapter().deleteExchange(name, { ifUnused: true });
  });
}

function withAlternate(adapter: BrokerAdapter, alternate: string): Promise<string> {
  return declared(adapter, "direct", {
    arguments: fieldTable({ "alternate-exchange": alternate }),
  });
}
