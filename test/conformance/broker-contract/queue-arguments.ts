import { expect, test } from "vitest";
import { fieldTable, type FieldValue } from "../../../src/broker/field-table.ts";
import { coded } from "./coded.ts";
import { message, queueSpec, unique } from "./fixtures.ts";
import type { BrokerHarness } from "./harness.ts";
import { deleted } from "./queue-contents.ts";
import { sharedAdapter } from "./shared-adapter.ts";

const TAKEN: readonly Record<string, FieldValue>[] = [
  { "x-expires": 3_600_000 },
  { "x-message-ttl": 4_294_967_296 },
  { "x-max-priority": 0 },
  { "x-max-priority": 255 },
  { "x-single-active-consumer": true },
  { "x-single-active-consumer": false },
  { "x-dead-letter-exchange": "not-there", "x-dead-letter-routing-key": "" },
  { "x-overflow": "reject-publish" },
  { "x-overflow": "reject-publish-dlx", "x-max-length": 1 },
];

const REFUSED: readonly Record<string, FieldValue>[] = [
  { "x-expires": 0 },
  { "x-expires": -1 },
  { "x-expires": "soon" },
  { "x-max-priority": 256 },
  { "x-max-priority": -1 },
  { "x-max-priority": "3" },
  { "x-single-active-consumer": "true" },
  { "x-dead-letter-exchange": 5 },
  { "x-dead-letter-routing-key": "without-exchange" },
  { "x-dead-letter-exchange": "dead", "x-dead-letter-routing-key": 5 },
  { "x-delivery-limit": 5 },
  { "x-max-age": "1h" },
];

export function queueArguments(harness: BrokerHarness): void {
  const adapter = sharedAdapter(harness);

  test.each(TAKEN)("%j is taken, and declared again as it is", async (given) => {
    const spec = queueSpec(unique("queue"), { arguments: fieldTable(given) });
    await adapter().declareQueue(spec);
    expect(await adapter().declareQueue(spec)).toEqual({ messagesReady: 0, consumers: 0 });
    await deleted(adapter(), spec.name);
  });

  test.each(REFUSED)("%j is refused", async (given) => {
    const spec = queueSpec(unique("queue"), { arguments: fieldTable(given) });
    await expect(adapter().declareQueue(spec)).rejects.toEqual(coded("PRECONDITION_FAILED"));
    expect(await adapter().publish(message("", spec.name))).toEqual({ routed: false });
  });

  test.each([
    { argument: "x-expires", has: 3_600_000, asked: 60_000 },
    { argument: "x-max-priority", has: 5, asked: 6 },
    { argument: "x-dead-letter-exchange", has: "one", asked: "another" },
    { argument: "x-single-active-consumer", has: true, asked: false },
    { argument: "x-overflow", has: "reject-publish", asked: "reject-publish-dlx" },
  ])("another $argument names it and both values", async ({ argument, has, asked }) => {
    const name = unique("queue");
    await adapter().declareQueue(queueSpec(name, { arguments: fieldTable({ [argument]: has }) }));
    await expect(
      adapter().declareQueue(queueSpec(name, { arguments: fieldTable({ [argument]: asked }) })),
    ).rejects.toEqual(coded("PRECONDITION_FAILED", name, argument, String(has), String(asked)));
    await deleted(adapter(), name);
  });
}
