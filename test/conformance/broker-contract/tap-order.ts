import { expect, test } from "vitest";
import { declared, message, tapped } from "./fixtures.ts";
import type { BrokerHarness } from "./harness.ts";
import { sharedAdapter } from "./shared-adapter.ts";
import { TapRecorder } from "./tap-recorder.ts";

export function tapOrder(harness: BrokerHarness): void {
  const adapter = sharedAdapter(harness);

  test("many messages arrive in publish order, each once, though several patterns match", async () => {
    const exchange = await declared(adapter(), "topic");
    const { tap, recorder } = await tapped(adapter(), exchange, ["#", "n.*", "n.#", "*.*", "#.#"]);
    const bodies = Array.from({ length: 2_000 }, (_, place) => String(place));
    for (let start = 0; start < bodies.length; start += 100) {
      const burst = bodies.slice(start, start + 100);
      await Promise.all(
        burst.map((body) =>
          adapter().publish(message(exchange, "n.x", { body: Buffer.from(body) })),
        ),
      );
    }
    await adapter().publish(message(exchange, "end"));
    await recorder.until(() => recorder.routingKeys.at(-1) === "end");
    expect(recorder.bodies.slice(0, -1)).toEqual(bodies);
    await tap.close();
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });

  test("a tap is live before its first delivery, and when it has been opened", async () => {
    const exchange = await declared(adapter(), "fanout");
    const recorder = new TapRecorder();
    const opening = adapter().openTap({ exchange, routingPatterns: ["#"] }, recorder);
    const flood = Promise.all(
      Array.from({ length: 50 }, (_, place) =>
        adapter().publish(message(exchange, `early ${place}`)),
      ),
    );
    const tap = await opening;
    expect(recorder.calls[0]).toBe("live");
    await adapter().publish(message(exchange, "after"));
    await flood;
    await adapter().publish(message(exchange, "end"));
    await recorder.until(() => recorder.routingKeys.at(-1) === "end");
    expect(recorder.routingKeys).toContain("after");
    expect(recorder.calls.filter((call) => call === "live")).toHaveLength(1);
    await tap.close();
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });

  test("live is told when it happens", async () => {
    const exchange = await declared(adapter(), "fanout");
    const told: Date[] = [];
    const recorder = new TapRecorder();
    const before = Date.now();
    const listener = {
      live: (since: Date) => told.push(since),
      delivery: recorder.delivery.bind(recorder),
      interrupted: recorder.interrupted.bind(recorder),
      gap: recorder.gap.bind(recorder),
      ended: recorder.ended.bind(recorder),
    };
    const tap = await adapter().openTap({ exchange, routingPatterns: ["#"] }, listener);
    expect(told).toHaveLength(1);
    expect(told[0]?.getTime()).toBeGreaterThanOrEqual(before);
    expect(told[0]?.getTime()).toBeLessThanOrEqual(Date.now());
    await tap.close();
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });

  test("a listener is never called from within the publish that it answers to", async () => {
    const exchange = await declared(adapter(), "fanout");
    const { tap, recorder } = await tapped(adapter(), exchange);
    const publishing = adapter().publish(message(exchange, "a"));
    expect(recorder.messages).toEqual([]);
    await publishing;
    await recorder.received(1);
    await tap.close();
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });

  test("a listener may publish and close from within a delivery", async () => {
    const exchange = await declared(adapter(), "fanout");
    const { tap: watching, recorder } = await tapped(adapter(), exchange);
    const echo = new TapRecorder();
    const echoing: Promise<unknown>[] = [];
    const tap = await adapter().openTap(
      { exchange, routingPatterns: ["#"] },
      {
        live: () => {},
        delivery: (received) => {
          echo.delivery(received);
          echoing.push(tap.close(), adapter().publish(message(exchange, "echo")));
        },
        interrupted: () => {},
        gap: () => {},
        ended: () => {},
      },
    );
    const calls = ["call", "another call"];
    await Promise.all(calls.map((key) => adapter().publish(message(exchange, key))));
    await recorder.received(3);
    await Promise.all(echoing);
    expect(recorder.routingKeys).toEqual([...calls, "echo"]);
    expect(echo.routingKeys).toEqual(["call"]);
    await watching.close();
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });

  test("nothing is delivered once close has been called", async () => {
    const exchange = await declared(adapter(), "fanout");
    const [closed, open] = [await tapped(adapter(), exchange), await tapped(adapter(), exchange)];
    const published = Array.from({ length: 20 }, (_, place) =>
      adapter().publish(message(exchange, String(place))),
    );
    const closing = closed.tap.close();
    const before = [...closed.recorder.calls];
    await Promise.all(published);
    await closing;
    await adapter().publish(message(exchange, "end"));
    await open.recorder.received(21);
    expect(closed.recorder.calls).toEqual(before);
    await open.tap.close();
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });
}
