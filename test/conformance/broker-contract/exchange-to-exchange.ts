import { expect, test } from "vitest";
import { coded } from "./coded.ts";
import { binding, declared, message, tapped } from "./fixtures.ts";
import type { BrokerHarness } from "./harness.ts";
import { sharedAdapter } from "./shared-adapter.ts";

/** RabbitMQ, "Exchange to Exchange Bindings". */
export function exchangeToExchange(harness: BrokerHarness): void {
  const adapter = sharedAdapter(harness);

  test("pass on what matches, under the exchange and the key it was published with", async () => {
    const [source, destination] = [
      await declared(adapter(), "topic"),
      await declared(adapter(), "topic"),
    ];
    const bound = binding(source, destination, {
      destinationType: "exchange",
      routingKey: "order.#",
    });
    await adapter().bind(bound);
    const { tap, recorder } = await tapped(adapter(), destination, ["#.eu", "marker"]);
    for (const key of ["order.eu", "order.us", "refund.eu"])
      await adapter().publish(message(source, key));
    await adapter().unbind(bound);
    expect(await adapter().publish(message(source, "order.eu"))).toEqual({ routed: false });
    await adapter().publish(message(destination, "marker"));
    await recorder.received(2);
    expect(recorder.messages.map(({ exchange, routingKey }) => [exchange, routingKey])).toEqual([
      [source, "order.eu"],
      [destination, "marker"],
    ]);
    await tap.close();
    for (const name of [source, destination])
      await adapter().deleteExchange(name, { ifUnused: true });
  });

  test("reach a queue once over several ways, and end in circles", async () => {
    const names = [
      await declared(adapter(), "fanout"),
      await declared(adapter(), "fanout"),
      await declared(adapter(), "fanout"),
    ];
    const [first = "", second = "", third = ""] = names;
    for (const [source, destination] of [
      [first, second],
      [second, third],
      [third, first],
      [first, third],
      [first, first],
    ] as const)
      await adapter().bind(binding(source, destination, { destinationType: "exchange" }));
    const { tap, recorder } = await tapped(adapter(), third);
    for (const key of ["a", "b"])
      expect(await adapter().publish(message(first, key))).toEqual({ routed: true });
    await recorder.received(2);
    expect(recorder.routingKeys).toEqual(["a", "b"]);
    await tap.close();
    for (const name of names) await adapter().deleteExchange(name, { ifUnused: false });
  });

  test("let an internal exchange receive what clients may not send it", async () => {
    const [source, destination] = [
      await declared(adapter(), "fanout"),
      await declared(adapter(), "fanout", { internal: true }),
    ];
    await adapter().bind(binding(source, destination, { destinationType: "exchange" }));
    const { tap, recorder } = await tapped(adapter(), destination);
    await expect(adapter().publish(message(destination, "direct"))).rejects.toEqual(
      coded("FORBIDDEN", destination),
    );
    expect(await adapter().publish(message(source, "through"))).toEqual({ routed: true });
    await recorder.received(1);
    expect(recorder.routingKeys).toEqual(["through"]);
    await tap.close();
    for (const name of [source, destination])
      await adapter().deleteExchange(name, { ifUnused: false });
  });

  test("go when either exchange is deleted", async () => {
    const [source, destination] = [
      await declared(adapter(), "fanout"),
      await declared(adapter(), "fanout"),
    ];
    await adapter().bind(binding(source, destination, { destinationType: "exchange" }));
    await adapter().deleteExchange(destination, { ifUnused: true });
    expect(await adapter().deleteExchange(source, { ifUnused: true })).toBe(true);
  });

  test("take an auto-delete exchange along, and those before it", async () => {
    const [first, second] = [
      await declared(adapter(), "fanout", { autoDelete: true }),
      await declared(adapter(), "fanout", { autoDelete: true }),
    ];
    await adapter().bind(binding(first, second, { destinationType: "exchange" }));
    const { tap } = await tapped(adapter(), second);
    await tap.close();
    for (const name of [first, second])
      await expect(adapter().publish(message(name, "a"))).rejects.toEqual(coded("NOT_FOUND", name));
  });
}
