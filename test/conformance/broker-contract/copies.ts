import { expect, test } from "vitest";
import { fieldTable } from "../../../src/broker/field-table.ts";
import { coded } from "./coded.ts";
import { binding, declared, declaredQueue, message, tapped, unique } from "./fixtures.ts";
import type { BrokerHarness } from "./harness.ts";
import { sharedAdapter } from "./shared-adapter.ts";

/** RabbitMQ, "Sender-selected Distribution". */
export function copies(harness: BrokerHarness): void {
  const adapter = sharedAdapter(harness);

  test.each(["direct", "topic"] as const)(
    "are further routing keys of a %s exchange",
    async (type) => {
      const exchange = await declared(adapter(), type);
      const taps = await Promise.all(
        ["own", "cc", "bcc", "other"].map((key) => tapped(adapter(), exchange, [key])),
      );
      const headers = fieldTable({ CC: ["cc"], BCC: ["bcc"], kept: 1 });
      const { routed } = await adapter().publish(message(exchange, "own", { headers }));
      await adapter().publish(message(exchange, "other"));
      const [own, cc, bcc, other] = await Promise.all(
        taps.map(async ({ recorder }) => recorder.received(1)),
      );
      expect(routed).toBe(true);
      for (const received of [own, cc, bcc])
        expect(received?.map(({ routingKey }) => routingKey)).toEqual(["own"]);
      expect(other?.map(({ routingKey }) => routingKey)).toEqual(["other"]);
      await Promise.all(taps.map(({ tap }) => tap.close()));
      await adapter().deleteExchange(exchange, { ifUnused: true });
    },
  );

  test("leave BCC out of what is delivered, and nothing else", async () => {
    const exchange = await declared(adapter(), "direct");
    const { tap, recorder } = await tapped(adapter(), exchange, ["hidden"]);
    const headers = fieldTable({ CC: ["seen"], BCC: ["hidden"], kept: "yes" });
    await adapter().publish(message(exchange, "own", { headers }));
    const [received] = await recorder.received(1);
    expect(received?.headers).toEqual({ CC: ["seen"], kept: "yes" });
    await tap.close();
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });

  test("reach a queue once, however many keys lead there", async () => {
    const exchange = await declared(adapter(), "direct");
    const { tap, recorder } = await tapped(adapter(), exchange, ["a", "b", "c", "marker"]);
    const headers = fieldTable({ CC: ["b", "b", "c"], BCC: ["a"] });
    await adapter().publish(message(exchange, "a", { headers }));
    await adapter().publish(message(exchange, "marker"));
    await recorder.received(2);
    expect(recorder.routingKeys).toEqual(["a", "marker"]);
    await tap.close();
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });

  test("name queues of the default exchange", async () => {
    const [first, second] = [await declaredQueue(adapter()), await declaredQueue(adapter())];
    const headers = fieldTable({ CC: [first], BCC: [second, unique("missing")] });
    expect(await adapter().publish(message("", unique("missing"), { headers }))).toEqual({
      routed: true,
    });
    for (const queue of [first, second])
      expect(await adapter().deleteQueue(queue, { ifUnused: false, ifEmpty: false })).toBe(1);
  });

  test("go along to an exchange that is bound to the first", async () => {
    const [source, destination] = [
      await declared(adapter(), "fanout"),
      await declared(adapter(), "direct"),
    ];
    await adapter().bind(binding(source, destination, { destinationType: "exchange" }));
    const { tap, recorder } = await tapped(adapter(), destination, ["cc"]);
    await adapter().publish(message(source, "own", { headers: fieldTable({ CC: ["cc"] }) }));
    await recorder.received(1);
    expect(recorder.routingKeys).toEqual(["own"]);
    await tap.close();
    for (const name of [source, destination])
      await adapter().deleteExchange(name, { ifUnused: false });
  });

  test.each(["CC", "BCC"])(
    "are refused where %s is no list, and the next publish is not",
    async (header) => {
      const exchange = await declared(adapter(), "fanout");
      const headers = fieldTable({ [header]: "a" });
      await expect(adapter().publish(message(exchange, "a", { headers }))).rejects.toEqual(
        coded("PRECONDITION_FAILED"),
      );
      expect(await adapter().publish(message(exchange, "a"))).toEqual({ routed: false });
      await adapter().deleteExchange(exchange, { ifUnused: true });
    },
  );
}
