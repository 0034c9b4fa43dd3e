import { expect, test } from "vitest";
import { fieldTable } from "../../../src/broker/field-table.ts";
import type { Binding } from "../../../src/broker/topology.ts";
import { coded } from "./coded.ts";
import { binding, declared, declaredQueue, message, tapped, unique } from "./fixtures.ts";
import type { BrokerHarness } from "./harness.ts";
import { sharedAdapter } from "./shared-adapter.ts";
import { eventually } from "../../harness/eventually.ts";

const ANYHOW = { ifUnused: false, ifEmpty: false };

export function bindings(harness: BrokerHarness): void {
  const adapter = sharedAdapter(harness);

  async function bindingsOf(source: string): Promise<readonly string[]> {
    const view = await harness.inspect();
    return view.bindings
      .filter((bound) => bound.source === source)
      .map((bound) => bound.routingKey)
      .toSorted();
  }

  test("bind and unbind are idempotent, and the broker has each binding once", async () => {
    const exchange = await declared(adapter(), "direct");
    const queue = await declaredQueue(adapter());
    const [first, second] = ["a", "b"].map((routingKey) =>
      binding(exchange, queue, { routingKey }),
    );
    for (const bound of [first, first, second]) if (bound) await adapter().bind(bound);
    await eventually(async () => expect(await bindingsOf(exchange)).toEqual(["a", "b"]));
    expect(await adapter().publish(message(exchange, "a"))).toEqual({ routed: true });
    for (const unbound of [first, first]) if (unbound) await adapter().unbind(unbound);
    expect(await adapter().publish(message(exchange, "a"))).toEqual({ routed: false });
    expect(await adapter().publish(message(exchange, "b"))).toEqual({ routed: true });
    await eventually(async () => expect(await bindingsOf(exchange)).toEqual(["b"]));
    expect(await adapter().deleteQueue(queue, ANYHOW)).toBe(2);
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });

  test("arguments are a part of what a binding is", async () => {
    const exchange = await declared(adapter(), "direct");
    const queue = await declaredQueue(adapter());
    const plain = binding(exchange, queue, { routingKey: "a" });
    const marked = { ...plain, arguments: fieldTable({ one: 1, two: 2 }) };
    await adapter().bind(plain);
    await adapter().bind(marked);
    await adapter().unbind(plain);
    expect(await adapter().publish(message(exchange, "a"))).toEqual({ routed: true });
    await adapter().unbind({ ...plain, arguments: fieldTable({ two: 2, one: 1 }) });
    expect(await adapter().publish(message(exchange, "a"))).toEqual({ routed: false });
    expect(await adapter().deleteQueue(queue, ANYHOW)).toBe(1);
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });

  test("what is missing at either end is NOT_FOUND to bind, and nothing to unbind", async () => {
    const exchange = await declared(adapter(), "direct");
    const queue = await declaredQueue(adapter());
    const missing = unique("missing");
    const cases: readonly Binding[] = [
      binding(missing, queue),
      binding(exchange, missing),
      binding(missing, unique("missing too")),
      binding(exchange, missing, { destinationType: "exchange" }),
      binding(missing, exchange, { destinationType: "exchange" }),
      // A queue and an exchange of one name are two things.
      binding(exchange, queue, { destinationType: "exchange" }),
    ];
    for (const bound of cases) {
      const named = bound.source === missing ? bound.source : bound.destination;
      await expect(adapter().bind(bound)).rejects.toEqual(coded("NOT_FOUND", named));
      await adapter().unbind(bound);
    }
    await adapter().unbind(binding(exchange, queue, { routingKey: "never bound" }));
    await adapter().deleteQueue(queue, ANYHOW);
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });

  test("a wrong bind costs those beside it nothing", async () => {
    const exchange = await declared(adapter(), "direct");
    const queue = await declaredQueue(adapter());
    const keys = ["a", "b", "c", "d"];
    const outcomes = await Promise.allSettled([
      ...keys.map((routingKey) => adapter().bind(binding(exchange, queue, { routingKey }))),
      ...keys.map((routingKey) =>
        adapter().bind(binding(exchange, unique("missing"), { routingKey })),
      ),
      ...keys.map((routingKey) =>
        adapter().bind(binding(exchange, queue, { routingKey: `${routingKey}2` })),
      ),
    ]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual([
      ...keys.map(() => "fulfilled"),
      ...keys.map(() => "rejected"),
      ...keys.map(() => "fulfilled"),
    ]);
    await adapter().deleteQueue(queue, ANYHOW);
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });

  test("a tap's queue is closed to everybody else", async () => {
    const exchange = await declared(adapter(), "direct");
    const { tap, recorder } = await tapped(adapter(), exchange, ["mine"]);
    const queue = await eventually(async () => {
      const { bindings: all } = await harness.inspect();
      const own = all.find((bound) => bound.source === exchange);
      if (!own) throw new Error(`The broker shows no binding of exchange "${exchange}" yet`);
      return own.destination;
    });
    await expect(
      adapter().bind(binding(exchange, queue, { routingKey: "theirs" })),
    ).rejects.toEqual(coded("RESOURCE_LOCKED"));
    await expect(
      adapter().unbind(binding(exchange, queue, { routingKey: "mine" })),
    ).rejects.toEqual(coded("RESOURCE_LOCKED"));
    await expect(adapter().deleteQueue(queue, ANYHOW)).rejects.toEqual(coded("RESOURCE_LOCKED"));
    expect(await adapter().publish(message(exchange, "theirs"))).toEqual({ routed: false });
    await adapter().publish(message(exchange, "mine"));
    await recorder.received(1);
    await tap.close();
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });
}
