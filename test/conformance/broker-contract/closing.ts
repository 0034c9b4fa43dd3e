import { expect, test } from "vitest";
import { eventually } from "../../harness/eventually.ts";
import type { BrokerAdapter } from "../../../src/broker/adapter.ts";
import { coded } from "./coded.ts";
import { ConsumerRecorder } from "./consumer-recorder.ts";
import { binding, declared, exchangeSpec, message, queueSpec, tapped, unique } from "./fixtures.ts";
import type { BrokerHarness } from "./harness.ts";
import { sharedAdapter } from "./shared-adapter.ts";
import { TapRecorder } from "./tap-recorder.ts";

const CALLS: Readonly<Record<string, (adapter: BrokerAdapter) => Promise<unknown>>> = {
  publish: (adapter) => adapter.publish(message("amq.fanout", "a")),
  openTap: (adapter) =>
    adapter.openTap({ exchange: "amq.fanout", routingPatterns: ["#"] }, new TapRecorder()),
  consume: (adapter) => adapter.consume(unique("late"), { prefetch: 1 }, new ConsumerRecorder()),
  openStream: (adapter) => adapter.openStream(unique("late"), { at: "first" }),
  declareExchange: (adapter) => adapter.declareExchange(exchangeSpec(unique("late"), "fanout")),
  deleteExchange: (adapter) => adapter.deleteExchange(unique("late"), { ifUnused: false }),
  declareQueue: (adapter) => adapter.declareQueue(queueSpec(unique("late"))),
  deleteQueue: (adapter) =>
    adapter.deleteQueue(unique("late"), { ifUnused: false, ifEmpty: false }),
  bind: (adapter) =>
    adapter.bind(
      binding("amq.fanout", "amq.direct", {
        destinationType: "exchange",
        routingKey: unique("late"),
      }),
    ),
  unbind: (adapter) =>
    adapter.unbind(binding("amq.fanout", "amq.direct", { destinationType: "exchange" })),
};

export function closing(harness: BrokerHarness): void {
  const witness = sharedAdapter(harness);

  test.each(Object.entries(CALLS))("%s is BROKER_UNAVAILABLE afterwards", async (_, call) => {
    const { adapter, close } = await harness.openAdapter();
    await adapter.close();
    await expect(call(adapter)).rejects.toEqual(coded("BROKER_UNAVAILABLE"));
    await close();
  });

  test("may be asked for twice, and at once, and cannot be undone", async () => {
    const { adapter, close } = await harness.openAdapter();
    await Promise.all([adapter.close(), adapter.close()]);
    await adapter.close();
    adapter.open();
    expect(adapter.status.state).toBe("closed");
    await expect(adapter.publish(message("amq.fanout", "a"))).rejects.toEqual(
      coded("BROKER_UNAVAILABLE"),
    );
    await close();
  });

  test("ends every tap, tells its listener once, and leaves nothing behind", async () => {
    const exchange = await declared(witness(), "fanout");
    const { adapter, close } = await harness.openAdapter();
    const taps = [
      await tapped(adapter, exchange),
      await tapped(adapter, exchange),
      await tapped(adapter, exchange),
    ];
    const [closedBefore] = taps;
    await closedBefore?.tap.close();
    await adapter.close();
    expect(taps.map(({ recorder }) => recorder.calls)).toEqual([
      ["live"],
      ["live", "ended"],
      ["live", "ended"],
    ]);
    expect(taps[1]?.recorder.endedWith).toMatchObject({ code: "BROKER_UNAVAILABLE" });
    for (const { tap } of taps) await tap.close();
    await eventually(async () =>
      expect(await witness().publish(message(exchange, "a"))).toEqual({ routed: false }),
    );
    await witness().deleteExchange(exchange, { ifUnused: true });
    await close();
  });

  test("while taps are being opened leaves nothing behind either", async () => {
    const exchange = await declared(witness(), "fanout");
    const { adapter, close } = await harness.openAdapter();
    const spec = { exchange, routingPatterns: ["#", "a", "b"] };
    const opening = Array.from({ length: 20 }, () => adapter.openTap(spec, new TapRecorder()));
    const settled = Promise.allSettled(opening);
    await adapter.close();
    const outcomes = (await settled).map((outcome) =>
      outcome.status === "fulfilled" ? "opened" : outcome.reason.code,
    );
    expect(["opened", "BROKER_UNAVAILABLE"]).toEqual(expect.arrayContaining(outcomes));
    await eventually(async () => {
      const { bindings } = await harness.inspect();
      expect(bindings.filter(({ source }) => source === exchange)).toEqual([]);
    });
    expect(await witness().publish(message(exchange, "a"))).toEqual({ routed: false });
    await witness().deleteExchange(exchange, { ifUnused: true });
    await close();
  });

  test("of one adapter is not noticed by another", async () => {
    const exchange = await declared(witness(), "fanout");
    const { tap, recorder } = await tapped(witness(), exchange);
    const { adapter, close } = await harness.openAdapter();
    await adapter.publish(message(exchange, "before"));
    await adapter.close();
    await witness().publish(message(exchange, "after"));
    await recorder.received(2);
    expect(recorder.routingKeys).toEqual(["before", "after"]);
    await tap.close();
    await witness().deleteExchange(exchange, { ifUnused: true });
    await close();
  });

  test("answers every publish that was under way", async () => {
    const { adapter, close } = await harness.openAdapter();
    const under = Array.from({ length: 50 }, (_, place) =>
      adapter.publish(message("amq.fanout", String(place))),
    );
    const settled = Promise.allSettled(under);
    await adapter.close();
    const codes = (await settled).map((outcome) =>
      outcome.status === "fulfilled" ? "ok" : outcome.reason.code,
    );
    expect(codes).toHaveLength(50);
    expect(["ok", "BROKER_UNAVAILABLE", "CONFIRM_UNKNOWN"]).toEqual(expect.arrayContaining(codes));
    await close();
  });
}
