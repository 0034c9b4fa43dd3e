import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  createEmbeddedAdapter,
  type EmbeddedAdapter,
} from "../../../../../src/broker/embedded/embedded-adapter.ts";
import { Alarm } from "../../../../../src/broker/embedded/queue/alarm.ts";
import { fieldTable, type FieldValue } from "../../../../../src/broker/field-table.ts";
import { ConsumerRecorder } from "../../../../conformance/broker-contract/consumer-recorder.ts";
import { queueSpec } from "../../../../conformance/broker-contract/fixtures.ts";
import { ANYHOW, sent } from "../../../../conformance/broker-contract/queue-contents.ts";

const DAY = 24 * 60 * 60 * 1000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

async function opened(given: Record<string, FieldValue> = {}): Promise<EmbeddedAdapter> {
  const adapter = createEmbeddedAdapter({ tap: { maxLength: 10, maxLengthBytes: 1024 } });
  adapter.open();
  await adapter.declareQueue(queueSpec("work", { arguments: fieldTable(given) }));
  return adapter;
}

const ready = (adapter: EmbeddedAdapter): number | undefined =>
  adapter.inspect().queues.find(({ name }) => name === "work")?.messagesReady;

test("a queue has one timer, however many messages may expire, and none when it is gone", async () => {
  const adapter = await opened();
  for (let message = 0; message < 100; message += 1)
    await sent(adapter, "work", "body", { expirationMs: 1_000 + message });
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(1_049);
  expect(ready(adapter)).toBe(50);
  expect(vi.getTimerCount()).toBe(1);
  await adapter.deleteQueue("work", ANYHOW);
  expect(vi.getTimerCount()).toBe(0);
});

test("a queue that was purged has none", async () => {
  const adapter = await opened({ "x-message-ttl": 1_000 });
  await sent(adapter, "work", "body");
  expect(await adapter.purgeQueue("work")).toBe(1);
  expect(vi.getTimerCount()).toBe(0);
});

test("a queue that expires has one until it is consumed", async () => {
  const adapter = await opened({ "x-expires": 1_000 });
  expect(vi.getTimerCount()).toBe(1);
  const consumption = await adapter.consume("work", { prefetch: 1 }, new ConsumerRecorder());
  expect(vi.getTimerCount()).toBe(0);
  await consumption.close();
  vi.advanceTimersByTime(999);
  expect(ready(adapter)).toBe(0);
  vi.advanceTimersByTime(1);
  expect(ready(adapter)).toBeUndefined();
  expect(vi.getTimerCount()).toBe(0);
});

test.each([
  { how: "declared", use: (adapter: EmbeddedAdapter) => declaredAgain(adapter) },
  { how: "read", use: (adapter: EmbeddedAdapter) => readFrom(adapter) },
])("a queue that is $how has its whole time again", async ({ use }) => {
  const adapter = await opened({ "x-expires": 1_000 });
  vi.advanceTimersByTime(900);
  await use(adapter);
  vi.advanceTimersByTime(999);
  expect(ready(adapter)).toBe(0);
  vi.advanceTimersByTime(1);
  expect(ready(adapter)).toBeUndefined();
});

test("a time further away than a timer can wait is waited for", async () => {
  const adapter = await opened();
  await sent(adapter, "work", "body", { expirationMs: 49 * DAY });
  vi.advanceTimersByTime(49 * DAY - 1);
  expect(ready(adapter)).toBe(1);
  vi.advanceTimersByTime(1);
  expect(vi.getTimerCount()).toBe(0);
  expect(ready(adapter)).toBe(0);
});

test("an alarm keeps no process alive", () => {
  vi.useRealTimers();
  const timers = vi.spyOn(globalThis, "setTimeout");
  const alarm = new Alarm(() => {});
  alarm.set(Date.now() + DAY);
  const [timer] = timers.mock.results.map(({ value }) => value as NodeJS.Timeout);
  expect(timer?.hasRef()).toBe(false);
  alarm.clear();
});

async function declaredAgain(adapter: EmbeddedAdapter): Promise<void> {
  await adapter.declareQueue(queueSpec("work", { arguments: fieldTable({ "x-expires": 1_000 }) }));
}

async function readFrom(adapter: EmbeddedAdapter): Promise<void> {
  const reader = await adapter.openReader("work", { putsBack: true });
  await reader.next();
  await reader.close();
}
