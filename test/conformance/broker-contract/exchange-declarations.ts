import { expect, test } from "vitest";
import { fieldTable } from "../../../src/broker/field-table.ts";
import { EXCHANGE_TYPES, type ExchangeSpec } from "../../../src/broker/topology.ts";
import { coded } from "./coded.ts";
import { binding, declared, exchangeSpec, message, tapped, unique } from "./fixtures.ts";
import type { BrokerHarness } from "./harness.ts";
import { sharedAdapter } from "./shared-adapter.ts";

interface Mismatch {
  readonly argument: string;
  readonly first: Partial<ExchangeSpec>;
  readonly again: Partial<ExchangeSpec>;
  readonly named: readonly string[];
}

const alternate = (name: string): Partial<ExchangeSpec> => ({
  arguments: fieldTable({ "alternate-exchange": name }),
});

const MISMATCHES: readonly Mismatch[] = [
  {
    argument: "type",
    first: { type: "topic" },
    again: { type: "fanout" },
    named: ["topic", "fanout"],
  },
  { argument: "durable", first: {}, again: { durable: true }, named: ["false", "true"] },
  { argument: "autoDelete", first: {}, again: { autoDelete: true }, named: ["false", "true"] },
  { argument: "internal", first: {}, again: { internal: true }, named: ["false", "true"] },
  {
    argument: "alternate-exchange",
    first: alternate("one"),
    again: alternate("two"),
    named: ["one", "two"],
  },
  { argument: "alternate-exchange", first: alternate("one"), again: {}, named: ["one"] },
  { argument: "alternate-exchange", first: {}, again: alternate("two"), named: ["two"] },
];

export function exchangeDeclarations(harness: BrokerHarness): void {
  const adapter = sharedAdapter(harness);

  test.each(EXCHANGE_TYPES)("a %s exchange may be declared again as it is", async (type) => {
    const spec = exchangeSpec(unique(type), type, {
      durable: true,
      arguments: fieldTable({ "alternate-exchange": "amq.fanout" }),
    });
    await adapter().declareExchange(spec);
    await adapter().declareExchange(spec);
    expect(await adapter().deleteExchange(spec.name, { ifUnused: true })).toBe(true);
  });

  test.each(MISMATCHES)(
    "another $argument names it and both values: $named",
    async ({ argument, first, again, named }) => {
      const spec = exchangeSpec(unique("exchange"), "topic", first);
      await adapter().declareExchange(spec);
      const { tap, recorder } = await tapped(adapter(), spec.name);
      const otherwise = { ...spec, arguments: fieldTable(), ...again };
      await expect(adapter().declareExchange(otherwise)).rejects.toEqual(
        coded("PRECONDITION_FAILED", spec.name, argument, ...named),
      );
      await adapter().declareExchange(spec);
      await adapter().publish(message(spec.name, "still there"));
      await recorder.received(1);
      await tap.close();
      await adapter().deleteExchange(spec.name, { ifUnused: true });
    },
  );

  test.each(["amq.mine", "amq."])("the name %s is reserved", async (name) => {
    await expect(adapter().declareExchange(exchangeSpec(name, "topic"))).rejects.toEqual(
      coded("FORBIDDEN", name),
    );
    await expect(adapter().publish(message(name, "a"))).rejects.toEqual(coded("NOT_FOUND", name));
    await expect(adapter().deleteExchange(name, { ifUnused: false })).rejects.toEqual(
      coded("FORBIDDEN", name),
    );
  });

  test("deleting one that is not there says so, and is no error", async () => {
    expect(await adapter().deleteExchange(unique("missing"), { ifUnused: false })).toBe(false);
    expect(await adapter().deleteExchange(unique("missing"), { ifUnused: true })).toBe(false);
  });

  test("deleting one ends it for publishers, and it can be declared anew with another type", async () => {
    const exchange = await declared(adapter(), "topic");
    await adapter().publish(message(exchange, "a"));
    expect(await adapter().deleteExchange(exchange, { ifUnused: false })).toBe(true);
    await expect(adapter().publish(message(exchange, "a"))).rejects.toEqual(
      coded("NOT_FOUND", exchange),
    );
    await adapter().declareExchange(exchangeSpec(exchange, "fanout"));
    expect(await adapter().publish(message(exchange, "a"))).toEqual({ routed: false });
    await adapter().deleteExchange(exchange, { ifUnused: false });
  });

  test("ifUnused spares one that has bindings, and not one that is only bound to", async () => {
    const [source, destination] = [
      await declared(adapter(), "fanout"),
      await declared(adapter(), "fanout"),
    ];
    await adapter().bind(binding(source, destination, { destinationType: "exchange" }));
    await expect(adapter().deleteExchange(source, { ifUnused: true })).rejects.toEqual(
      coded("PRECONDITION_FAILED", source),
    );
    expect(await adapter().deleteExchange(destination, { ifUnused: true })).toBe(true);
    expect(await adapter().deleteExchange(source, { ifUnused: true })).toBe(true);
  });

  test("an auto-delete exchange goes with its last binding, and not before its first", async () => {
    const exchange = await declared(adapter(), "topic", { autoDelete: true });
    expect(await adapter().publish(message(exchange, "a"))).toEqual({ routed: false });
    const [first, second] = [
      await tapped(adapter(), exchange, ["a"]),
      await tapped(adapter(), exchange, ["b"]),
    ];
    await first.tap.close();
    expect(await adapter().publish(message(exchange, "b"))).toEqual({ routed: true });
    await second.tap.close();
    await expect(adapter().publish(message(exchange, "b"))).rejects.toEqual(
      coded("NOT_FOUND", exchange),
    );
  });
}
