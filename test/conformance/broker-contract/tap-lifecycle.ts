import { expect, test } from "vitest";
import { eventually } from "../../harness/eventually.ts";
import { fieldTable } from "../../../src/broker/field-table.ts";
import { coded } from "./coded.ts";
import { declared, exchangeSpec, message, tapped, unique } from "./fixtures.ts";
import type { BrokerHarness, BrokerView, TapQueueView } from "./harness.ts";
import { sharedAdapter } from "./shared-adapter.ts";
import { TapRecorder } from "./tap-recorder.ts";

export function tapLifecycle(harness: BrokerHarness): void {
  const adapter = sharedAdapter(harness);

  test("a tap is one exclusive, auto-delete, transient queue with one consumer and its bindings", async () => {
    const exchange = await declared(adapter(), "topic");
    const { tap } = await tapped(adapter(), exchange, ["b.#", "a.*"]);
    await eventually(async () => {
      const view = await harness.inspect();
      const [queue, ...more] = queuesBoundTo(view, exchange);
      expect(more).toEqual([]);
      expect(queue).toMatchObject({
        exclusive: true,
        autoDelete: true,
        durable: false,
        consumers: 1,
      });
      expect(queue?.name).toMatch(/^gql\./);
      expect(keysOf(view, exchange)).toEqual(["a.*", "b.#"]);
    });
    await tap.close();
    await eventually(async () => expect(keysOf(await harness.inspect(), exchange)).toEqual([]));
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });

  test("a tap with many patterns has a binding for each, and all go with it", async () => {
    const exchange = await declared(adapter(), "topic");
    const patterns = Array.from(
      { length: 100 },
      (_, place) => `p.${String(place).padStart(3, "0")}`,
    );
    const { tap, recorder } = await tapped(adapter(), exchange, patterns);
    await Promise.all(patterns.map((key) => adapter().publish(message(exchange, key))));
    await recorder.received(100);
    expect(recorder.routingKeys).toEqual(patterns);
    await eventually(async () =>
      expect(keysOf(await harness.inspect(), exchange)).toEqual(patterns),
    );
    await tap.close();
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });

  test("a tap on a missing exchange is NOT_FOUND, leaves nothing, and its neighbours go on", async () => {
    const exchange = await declared(adapter(), "fanout");
    const { tap, recorder } = await tapped(adapter(), exchange);
    const missing = unique("missing");
    const failing = Array.from({ length: 10 }, () => new TapRecorder());
    await Promise.all(
      failing.map((listener) =>
        expect(
          adapter().openTap({ exchange: missing, routingPatterns: ["a", "b"] }, listener),
        ).rejects.toEqual(coded("NOT_FOUND", missing)),
      ),
    );
    const late = await tapped(adapter(), exchange);
    await adapter().publish(message(exchange, "a"));
    await Promise.all([recorder.received(1), late.recorder.received(1)]);
    expect(failing.flatMap(({ calls }) => calls)).toEqual([]);
    expect(recorder.calls).toEqual(["live", "delivery"]);
    await Promise.all([tap.close(), late.tap.close()]);
    await adapter().deleteExchange(exchange, { ifUnused: true });
    await noTapQueuesBesides(harness, []);
  });

  test("a tap can be had as soon as a missing exchange is there", async () => {
    const exchange = unique("late");
    const spec = { exchange, routingPatterns: ["#"] };
    await expect(adapter().openTap(spec, new TapRecorder())).rejects.toEqual(
      coded("NOT_FOUND", exchange),
    );
    await adapter().declareExchange(exchangeSpec(exchange, "topic"));
    const { tap, recorder } = await tapped(adapter(), exchange);
    await adapter().publish(message(exchange, "a"));
    await recorder.received(1);
    await tap.close();
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });

  test("a tap may be closed twice, and at once", async () => {
    const exchange = await declared(adapter(), "fanout");
    const { tap, recorder } = await tapped(adapter(), exchange);
    await Promise.all([tap.close(), tap.close()]);
    await tap.close();
    expect(recorder.calls).toEqual(["live"]);
    expect(await adapter().publish(message(exchange, "a"))).toEqual({ routed: false });
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });

  test("closing one of two alike leaves the other", async () => {
    const exchange = await declared(adapter(), "headers");
    const headers = { match: "any", values: fieldTable({ a: 1 }) } as const;
    const [first, second] = [
      await tapped(adapter(), exchange, [""], headers),
      await tapped(adapter(), exchange, [""], headers),
    ];
    await first.tap.close();
    expect(
      await adapter().publish(message(exchange, "", { headers: fieldTable({ a: 1 }) })),
    ).toEqual({ routed: true });
    await second.recorder.received(1);
    expect(first.recorder.calls).toEqual(["live"]);
    await second.tap.close();
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });

  test("hundreds of taps that come and go leave nothing behind", { timeout: 60_000 }, async () => {
    const exchange = await declared(adapter(), "topic");
    const before = (await harness.inspect()).tapQueues.map(({ name }) => name);
    for (let round = 0; round < 10; round += 1) {
      const taps = await Promise.all(
        Array.from({ length: 30 }, (_, place) =>
          tapped(adapter(), exchange, [`${round}.${place}`, "all"]),
        ),
      );
      await adapter().publish(message(exchange, "all"));
      await Promise.all(taps.map(({ recorder }) => recorder.received(1)));
      await Promise.all(taps.map(({ tap }) => tap.close()));
    }
    expect(await adapter().publish(message(exchange, "all"))).toEqual({ routed: false });
    await noTapQueuesBesides(harness, before);
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });
}

function queuesBoundTo(view: BrokerView, exchange: string): TapQueueView[] {
  const bound = new Set(
    view.bindings.filter(({ source }) => source === exchange).map(({ destination }) => destination),
  );
  return view.tapQueues.filter(({ name }) => bound.has(name));
}

function keysOf(view: BrokerView, exchange: string): string[] {
  return view.bindings
    .filter(({ source }) => source === exchange)
    .map(({ routingKey }) => routingKey)
    .toSorted();
}

async function noTapQueuesBesides(harness: BrokerHarness, names: readonly string[]): Promise<void> {
  await eventually(async () => {
    const { tapQueues } = await harness.inspect();
    expect(tapQueues.map(({ name }) => name).filter((name) => !names.includes(name))).toEqual([]);
  });
}
