import { expect, test } from "vitest";
import { QUEUE_TYPES } from "../../../src/broker/topology.ts";
import { coded } from "./coded.ts";
import { message, queueSpec, unique } from "./fixtures.ts";
import type { BrokerHarness } from "./harness.ts";
import { sharedAdapter } from "./shared-adapter.ts";

export function capabilities(harness: BrokerHarness): void {
  const adapter = sharedAdapter(harness);

  test.each(QUEUE_TYPES)(
    "a %s queue is declared, or answered NOT_SUPPORTED where it is declared absent",
    async (type) => {
      const spec = queueSpec(unique(type), { type });
      const present = adapter().capabilities.queueTypes.includes(type);
      const [declaration] = await Promise.allSettled([adapter().declareQueue(spec)]);
      expect(declaration).toEqual(
        present
          ? { status: "fulfilled", value: { messagesReady: 0, consumers: 0 } }
          : { status: "rejected", reason: coded("NOT_SUPPORTED", type) },
      );
      expect(await adapter().publish(message("", spec.name))).toEqual({ routed: present });
      await adapter().deleteQueue(spec.name, { ifUnused: false, ifEmpty: false });
    },
  );

  test("classic queues are always there", () => {
    expect(adapter().capabilities.queueTypes).toContain("classic");
  });
}
