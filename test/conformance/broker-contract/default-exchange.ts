import { expect, test } from "vitest";
import { coded } from "./coded.ts";
import {
  binding,
  declaredQueue,
  exchangeSpec,
  message,
  readyIn,
  tapped,
  unique,
} from "./fixtures.ts";
import type { BrokerHarness } from "./harness.ts";
import { sharedAdapter } from "./shared-adapter.ts";

/** AMQP 0-9-1 section 3.1.3.1. */
export function defaultExchange(harness: BrokerHarness): void {
  const adapter = sharedAdapter(harness);

  test("sends a message to the queue that the routing key names", async () => {
    const [first, second] = [await declaredQueue(adapter()), await declaredQueue(adapter())];
    expect(await adapter().publish(message("", first))).toEqual({ routed: true });
    expect(await adapter().publish(message("", unique("missing")))).toEqual({ routed: false });
    expect([await readyIn(adapter(), first), await readyIn(adapter(), second)]).toEqual([1, 0]);
    for (const queue of [first, second])
      await adapter().deleteQueue(queue, { ifUnused: false, ifEmpty: false });
  });

  test("cannot be declared, deleted, bound, unbound or tapped", async () => {
    const queue = await declaredQueue(adapter());
    const toExchange = { destinationType: "exchange" } as const;
    const refused: readonly (() => Promise<unknown>)[] = [
      () => adapter().declareExchange(exchangeSpec("", "direct", { durable: true })),
      () => adapter().deleteExchange("", { ifUnused: false }),
      () => adapter().bind(binding("", queue, { routingKey: "a" })),
      () => adapter().unbind(binding("", queue, { routingKey: queue })),
      () => adapter().bind(binding("amq.topic", "", toExchange)),
      () => adapter().bind(binding("", "amq.topic", toExchange)),
      () => tapped(adapter(), ""),
    ];
    for (const call of refused) await expect(call()).rejects.toEqual(coded("FORBIDDEN"));
    expect(await adapter().publish(message("", queue))).toEqual({ routed: true });
    await adapter().deleteQueue(queue, { ifUnused: false, ifEmpty: false });
  });
}
