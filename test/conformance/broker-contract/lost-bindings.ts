import { expect, onTestFinished, test } from "vitest";
import type { BrokerAdapter } from "../../../src/broker/adapter.ts";
import { coded } from "./coded.ts";
import { declared, exchangeSpec, message, tapped, unique } from "./fixtures.ts";
import type { BrokerHarness } from "./harness.ts";
import { sharedAdapter } from "./shared-adapter.ts";
import { TapRecorder } from "./tap-recorder.ts";

const EVERYTHING = { ifUnused: false };

export function lostBindings(harness: BrokerHarness): void {
  const adapter = sharedAdapter(harness);

  /** Another gateway on the same broker: what it does to an exchange, the first is not told. */
  async function another(): Promise<BrokerAdapter> {
    const { adapter: other, close } = await harness.openAdapter();
    onTestFinished(close);
    return other;
  }

  test.for([
    ["by the gateway itself", async () => adapter()],
    ["by somebody else", another],
  ] as const)(
    "an exchange that is deleted %s interrupts its taps, which are whole again once it is back, after one gap",
    async ([, whoever]) => {
      const who = await whoever();
      const exchange = await declared(adapter(), "topic");
      const { tap, recorder } = await tapped(adapter(), exchange, ["a", "b"]);
      await tap.confirm();
      const knownGoodAt = Date.now();
      await who.deleteExchange(exchange, EVERYTHING);
      await recorder.until(() => recorder.calls.at(-1) === "interrupted");
      await expect(tap.confirm()).rejects.toEqual(coded("NOT_FOUND", exchange));
      await expect(tapped(adapter(), exchange)).rejects.toEqual(coded("NOT_FOUND", exchange));
      expect(recorder.gaps).toEqual([]);

      await who.declareExchange(exchangeSpec(exchange, "topic"));
      await recorder.until(() => recorder.gaps.length > 0);
      for (const key of ["a", "b"])
        expect(await adapter().publish(message(exchange, key))).toEqual({ routed: true });
      await recorder.received(2);
      for (let times = 0; times < 3; times++) await tap.confirm();
      expect(recorder.calls).toEqual(["live", "interrupted", "gap", "delivery", "delivery"]);
      const [gap] = recorder.gaps;
      expect(gap?.cause).toBe("binding-lost");
      expect(gap?.from.getTime()).toBeLessThanOrEqual(Date.now());
      expect(gap?.until.getTime()).toBeGreaterThanOrEqual(knownGoodAt);
      expect(gap?.until.getTime()).toBeGreaterThanOrEqual(gap?.from.getTime() ?? Infinity);
      await tap.close();
      await adapter().deleteExchange(exchange, { ifUnused: true });
    },
  );

  test("an exchange that is back before anybody has looked is one gap", async () => {
    const other = await another();
    const exchange = await declared(adapter(), "topic");
    const { tap, recorder } = await tapped(adapter(), exchange, ["a", "b"]);
    await other.deleteExchange(exchange, EVERYTHING);
    await other.declareExchange(exchangeSpec(exchange, "topic"));
    await recorder.until(() => recorder.gaps.length > 0);
    await adapter().publish(message(exchange, "b"));
    await recorder.received(1);
    for (let times = 0; times < 3; times++) await tap.confirm();
    expect(recorder.gaps).toEqual([
      { cause: "binding-lost", from: expect.any(Date), until: expect.any(Date) },
    ]);
    expect(recorder.calls.slice(-2)).toEqual(["gap", "delivery"]);
    await tap.close();
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });

  test("who joins and finds it out has everybody told, once, before going on", async () => {
    const other = await another();
    const exchange = await declared(adapter(), "fanout");
    const { tap, recorder } = await tapped(adapter(), exchange);
    // Whatever may be asked about bindings has been asked once.
    await tap.confirm();
    await other.deleteExchange(exchange, EVERYTHING);
    await other.declareExchange(exchangeSpec(exchange, "fanout"));
    await Promise.allSettled([tap.confirm(), tap.confirm()]);
    await recorder.until(() => recorder.gaps.length > 0);
    await tap.confirm();
    await adapter().publish(message(exchange, "a"));
    await recorder.received(1);
    expect(recorder.gaps).toHaveLength(1);
    await tap.close();
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });

  test("what was routed before is delivered, and ends no interruption", async () => {
    const exchange = await declared(adapter(), "fanout");
    const { tap, recorder } = await tapped(adapter(), exchange);
    const published = Array.from({ length: 500 }, (_, place) =>
      adapter().publish(message(exchange, String(place))),
    );
    await Promise.all(published);
    await adapter().deleteExchange(exchange, EVERYTHING);
    await recorder.received(500);
    await recorder.until(() => recorder.calls.includes("interrupted"));
    expect(recorder.routingKeys).toEqual(Array.from({ length: 500 }, (_, place) => String(place)));
    expect(recorder.gaps).toEqual([]);
    await expect(tap.confirm()).rejects.toEqual(coded("NOT_FOUND", exchange));
    await tap.close();
  });

  test("a tap that is closed while its exchange is missing is told nothing more", async () => {
    const exchange = await declared(adapter(), "fanout");
    const [closed, open] = [await tapped(adapter(), exchange), await tapped(adapter(), exchange)];
    await adapter().deleteExchange(exchange, EVERYTHING);
    await closed.recorder.until(() => closed.recorder.calls.includes("interrupted"));
    await closed.tap.close();
    const before = [...closed.recorder.calls];
    await adapter().declareExchange(exchangeSpec(exchange, "fanout"));
    await open.recorder.until(() => open.recorder.gaps.length > 0);
    await adapter().publish(message(exchange, "a"));
    await open.recorder.received(1);
    expect(closed.recorder.calls).toEqual(before);
    await open.tap.close();
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });

  test("taps on other exchanges notice nothing", async () => {
    const [exchange, other] = [
      await declared(adapter(), "topic"),
      await declared(adapter(), "topic"),
    ];
    const [gone, whole] = [await tapped(adapter(), exchange), await tapped(adapter(), other)];
    await adapter().deleteExchange(exchange, EVERYTHING);
    await gone.recorder.until(() => gone.recorder.calls.includes("interrupted"));
    await expect(
      adapter().openTap({ exchange: unique("missing"), routingPatterns: ["#"] }, new TapRecorder()),
    ).rejects.toEqual(coded("NOT_FOUND"));
    await adapter().publish(message(other, "a"));
    await whole.recorder.received(1);
    expect(whole.recorder.calls).toEqual(["live", "delivery"]);
    await Promise.all([gone.tap.close(), whole.tap.close()]);
    await adapter().deleteExchange(other, { ifUnused: true });
  });
}
