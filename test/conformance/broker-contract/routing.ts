import { describe, expect, test } from "vitest";
import type { ExchangeType } from "../../../src/broker/topology.ts";
import { declared, message, tapped } from "./fixtures.ts";
import type { BrokerHarness } from "./harness.ts";
import { sharedAdapter } from "./shared-adapter.ts";

interface RoutingCase {
  readonly type: ExchangeType;
  readonly patterns: readonly string[];
  readonly matching: readonly string[];
  readonly others: readonly string[];
}

const CASES: readonly RoutingCase[] = [
  {
    type: "direct",
    patterns: ["red"],
    matching: ["red"],
    others: ["", "Red", "red ", "red.", "r", "blue"],
  },
  {
    type: "direct",
    patterns: ["red", "blue"],
    matching: ["red", "blue"],
    others: ["green", "red,blue"],
  },
  { type: "direct", patterns: [""], matching: [""], others: ["red", " ", "."] },
  { type: "direct", patterns: ["#"], matching: ["#"], others: ["", "a", "*"] },
  { type: "direct", patterns: ["*.a"], matching: ["*.a"], others: ["b.a", "a"] },
  { type: "direct", patterns: ["zażółć 🐇"], matching: ["zażółć 🐇"], others: ["zażółć", "🐇"] },
  {
    type: "direct",
    patterns: ["k".repeat(255)],
    matching: ["k".repeat(255)],
    others: ["k".repeat(254)],
  },
  { type: "fanout", patterns: [""], matching: ["", "a", "a.b", "#"], others: [] },
  { type: "fanout", patterns: ["a", "b.*"], matching: ["", "a", "anything at all"], others: [] },
  { type: "topic", patterns: ["#"], matching: ["", ".", "a", "a.b", "a..b", "#", "*"], others: [] },
  {
    type: "topic",
    patterns: ["*"],
    matching: ["a", "*", "#", "a b"],
    others: ["", ".", "a.", ".a", "a.b"],
  },
  { type: "topic", patterns: [""], matching: [""], others: ["a", ".", "#"] },
  {
    type: "topic",
    patterns: ["a.b"],
    matching: ["a.b"],
    others: ["a", "b", "a.b.", ".a.b", "a.b.c", "A.b", "axb"],
  },
  {
    type: "topic",
    patterns: ["a.*"],
    matching: ["a.b", "a.", "a.*"],
    others: ["a", "a.b.c", "b.a", ""],
  },
  { type: "topic", patterns: ["*.a"], matching: ["b.a", ".a"], others: ["a", "c.b.a", "a.b"] },
  {
    type: "topic",
    patterns: ["a.#"],
    matching: ["a", "a.", "a.b", "a.b.c", "a..c"],
    others: ["", "b", "ab", "b.a"],
  },
  {
    type: "topic",
    patterns: ["#.a"],
    matching: ["a", ".a", "b.a", "c.b.a"],
    others: ["", "a.b", "ba"],
  },
  {
    type: "topic",
    patterns: ["a.#.b"],
    matching: ["a.b", "a..b", "a.c.b", "a.c.d.b", "a.b.b"],
    others: ["a", "b", "a.b.c", "ab"],
  },
  { type: "topic", patterns: ["a.*.b"], matching: ["a.c.b", "a..b"], others: ["a.b", "a.c.d.b"] },
  {
    type: "topic",
    patterns: ["#.a.#"],
    matching: ["a", "b.a", "a.b", "b.a.c", "a.a"],
    others: ["", "b", "b.c"],
  },
  { type: "topic", patterns: ["*.#"], matching: ["a", "a.b", "."], others: [""] },
  { type: "topic", patterns: ["#.*"], matching: ["a", "a.b", "."], others: [""] },
  { type: "topic", patterns: ["*.#.*"], matching: ["a.b", ".", "a.b.c"], others: ["", "a"] },
  { type: "topic", patterns: ["#.#"], matching: ["", "a", "a.b"], others: [] },
  { type: "topic", patterns: ["*.*"], matching: ["a.b", "."], others: ["", "a", "a.b.c"] },
  { type: "topic", patterns: [".a"], matching: [".a"], others: ["a", "b.a"] },
  { type: "topic", patterns: ["a#", "b*"], matching: ["a#", "b*"], others: ["a", "ab", "b", "bc"] },
  { type: "topic", patterns: ["a.(b|c)+"], matching: ["a.(b|c)+"], others: ["a.b", "a.c", "a.bc"] },
  {
    type: "topic",
    patterns: ["a.*", "b.#", "c"],
    matching: ["a.x", "b", "b.x.y", "c"],
    others: ["a", "c.x", "d"],
  },
  { type: "topic", patterns: ["ż.*"], matching: ["ż.🐇"], others: ["z.🐇", "ż"] },
];

export function routing(harness: BrokerHarness): void {
  const adapter = sharedAdapter(harness);

  describe.each(CASES)(
    "a $type exchange with $patterns",
    ({ type, patterns, matching, others }) => {
      test("delivers what matches, and nothing else", async () => {
        const exchange = await declared(adapter(), type);
        const { tap, recorder } = await tapped(adapter(), exchange, patterns);
        const keys = [...others, ...matching];
        const receipts = await Promise.all(
          keys.map((key) => adapter().publish(message(exchange, key))),
        );
        const routed = keys.filter((_, place) => receipts[place]?.routed);
        await recorder.received(matching.length);
        expect(recorder.routingKeys).toEqual(matching);
        expect(routed).toEqual(matching);
        await tap.close();
        await adapter().deleteExchange(exchange, { ifUnused: false });
      });
    },
  );

  test("keeps the taps of one exchange apart", async () => {
    const exchange = await declared(adapter(), "topic");
    const orders = await tapped(adapter(), exchange, ["order.*"]);
    const refunds = await tapped(adapter(), exchange, ["refund.*"]);
    const all = await tapped(adapter(), exchange, ["#"]);
    for (const key of ["order.1", "refund.1", "order.2"])
      await adapter().publish(message(exchange, key));
    await all.recorder.received(3);
    await orders.recorder.received(2);
    await refunds.recorder.received(1);
    expect(orders.recorder.routingKeys).toEqual(["order.1", "order.2"]);
    expect(refunds.recorder.routingKeys).toEqual(["refund.1"]);
    for (const { tap } of [orders, refunds, all]) await tap.close();
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });
}
