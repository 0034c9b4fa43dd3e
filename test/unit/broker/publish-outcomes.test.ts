import { afterEach, expect, test, vi } from "vitest";
import { fieldTable } from "../../../src/broker/field-table.ts";
import type { OutgoingMessage } from "../../../src/broker/message.ts";
import { PublishOutcomes } from "../../../src/broker/publish-outcomes.ts";
import { CodedError } from "../../../src/errors.ts";

const WINDOW_MS = 60_000;

afterEach(() => {
  vi.useRealTimers();
});

function message(changes: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    exchange: "orders",
    routingKey: "order.created",
    body: Buffer.from("one"),
    headers: fieldTable({ tenant: "a", count: 1n }),
    properties: { messageId: "mine", persistent: true, timestamp: new Date() },
    ...changes,
  };
}

/** Publishes that end as they are told to. */
function publisher(...outcomes: (boolean | Error)[]) {
  const outcomesOf = new PublishOutcomes(WINDOW_MS);
  let published = 0;
  return {
    publish: (asked: OutgoingMessage) =>
      outcomesOf.of(asked, async () => {
        const outcome = outcomes[published++] ?? true;
        if (outcome instanceof Error) throw outcome;
        return { routed: outcome };
      }),
    get published() {
      return published;
    },
  };
}

test("a retry is answered with the first outcome, while that is on its way and when it is known", async () => {
  const asked = publisher();
  const both = [asked.publish(message()), asked.publish(message())];
  expect(await Promise.all(both)).toEqual([{ routed: true }, { routed: true }]);
  const later = message({ properties: { ...message().properties, timestamp: new Date(0) } });
  expect(await asked.publish(later)).toEqual({ routed: true });
  expect(asked.published).toBe(1);
});

test.for<[string, Partial<OutgoingMessage>]>([
  ["id", { properties: { messageId: "other", persistent: true } }],
  ["exchange", { exchange: "invoices" }],
  ["routing key", { routingKey: "order.paid" }],
  ["body", { body: Buffer.from("two") }],
  ["header", { headers: fieldTable({ tenant: "b", count: 1n }) }],
  ["header's number", { headers: fieldTable({ tenant: "a", count: 2n }) }],
  ["property", { properties: { messageId: "mine", persistent: false } }],
])("another %s makes it another message", async ([, changes]) => {
  const asked = publisher();
  await asked.publish(message());
  await asked.publish(message(changes));
  expect(asked.published).toBe(2);
});

test("the parts of a message are told apart", async () => {
  const asked = publisher();
  await asked.publish(message({ exchange: "a", routingKey: "bc", body: Buffer.from("d") }));
  await asked.publish(message({ exchange: "ab", routingKey: "c", body: Buffer.from("d") }));
  await asked.publish(message({ exchange: "a", routingKey: "bcd", body: Buffer.from("") }));
  expect(asked.published).toBe(3);
});

test("what failed is published again, and so is what reached no queue", async () => {
  const unknown = new CodedError("CONFIRM_UNKNOWN", "no confirm came");
  const asked = publisher(unknown, false, true);
  await expect(asked.publish(message())).rejects.toBe(unknown);
  expect(await asked.publish(message())).toEqual({ routed: false });
  expect(await asked.publish(message())).toEqual({ routed: true });
  expect(await asked.publish(message())).toEqual({ routed: true });
  expect(asked.published).toBe(3);
});

test("it is remembered for the window, and no longer", async () => {
  vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] });
  // The cache takes an entry of the instant 0 for one that never ends.
  vi.advanceTimersByTime(1);
  const asked = publisher();
  await asked.publish(message());
  vi.advanceTimersByTime(WINDOW_MS - 10);
  await asked.publish(message());
  expect(asked.published).toBe(1);
  vi.advanceTimersByTime(20);
  await asked.publish(message());
  expect(asked.published).toBe(2);
});
