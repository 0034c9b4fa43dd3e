import { describe, expect, test } from "vitest";
import { fieldTable } from "../../../src/broker/field-table.ts";
import type { ExchangeType, TapSpec } from "../../../src/broker/topology.ts";
import { coded } from "./coded.ts";
import { exchangeSpec, message, tapped, unique } from "./fixtures.ts";
import type { BrokerHarness } from "./harness.ts";
import { sharedAdapter } from "./shared-adapter.ts";

interface Predeclared {
  readonly name: string;
  readonly type: ExchangeType;
  readonly headers?: TapSpec["headers"];
}

const unlike = unique("value");
const headers = { match: "all", values: fieldTable({ unlike }) } as const;

const PREDECLARED: readonly Predeclared[] = [
  { name: "amq.direct", type: "direct" },
  { name: "amq.fanout", type: "fanout" },
  { name: "amq.topic", type: "topic" },
  { name: "amq.headers", type: "headers", headers },
  { name: "amq.match", type: "headers", headers },
];

export function predeclaredExchanges(harness: BrokerHarness): void {
  const adapter = sharedAdapter(harness);

  describe.each(PREDECLARED)("$name", ({ name, type, headers: match }) => {
    test(`routes as a ${type} exchange`, async () => {
      const key = unique("key");
      const { tap, recorder } = await tapped(adapter(), name, [key], match);
      await adapter().publish(message(name, key, { headers: fieldTable({ unlike }) }));
      // The exchange may be in use by others at the same time.
      await recorder.until(() => recorder.routingKeys.includes(key));
      expect(recorder.messages.find(({ routingKey }) => routingKey === key)?.exchange).toBe(name);
      await tap.close();
    });

    test("may be declared as it is, and not otherwise", async () => {
      await adapter().declareExchange(exchangeSpec(name, type, { durable: true }));
      const other = type === "fanout" ? "direct" : "fanout";
      const otherwise = adapter().declareExchange(exchangeSpec(name, other, { durable: true }));
      await expect(otherwise).rejects.toEqual(coded("PRECONDITION_FAILED", name, type, other));
      const transient = adapter().declareExchange(exchangeSpec(name, type));
      await expect(transient).rejects.toEqual(
        coded("PRECONDITION_FAILED", name, "durable", "true", "false"),
      );
    });

    test("cannot be deleted", async () => {
      await expect(adapter().deleteExchange(name, { ifUnused: false })).rejects.toEqual(
        coded("FORBIDDEN", name),
      );
      await expect(adapter().deleteExchange(name, { ifUnused: true })).rejects.toEqual(
        coded("FORBIDDEN", name),
      );
      await adapter().declareExchange(exchangeSpec(name, type, { durable: true }));
    });
  });
}
