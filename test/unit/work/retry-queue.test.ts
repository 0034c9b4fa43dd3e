import { expect, test } from "vitest";
import {
  MAX_RETRY_DELAY_MS,
  RETRY_DELAYS_MS,
  isRetryQueue,
  retryDelay,
  retryQueue,
  retryQueueName,
} from "../../../src/work/retry-queue.ts";

test.for([
  [0, 100],
  [100, 100],
  [101, 250],
  [1_001, 2_000],
  [MAX_RETRY_DELAY_MS - 1, MAX_RETRY_DELAY_MS],
  [MAX_RETRY_DELAY_MS, MAX_RETRY_DELAY_MS],
] as const)("a delay of %i ms is %i ms", ([asked, had]) => {
  expect(retryDelay(asked)).toBe(had);
});

test("delays are few, and in order", () => {
  expect(RETRY_DELAYS_MS.length).toBeLessThan(30);
  expect(RETRY_DELAYS_MS).toEqual(RETRY_DELAYS_MS.toSorted((a, b) => a - b));
});

test("a queue's name is in its retry queue's, as far as a name can be long", () => {
  expect(retryQueueName("orders", 100)).toBe("gql.retry.100.orders");
  const [one, other] = ["a", "b"].map((end) => retryQueueName("ü".repeat(127) + end, 100));
  expect(Buffer.byteLength(one ?? "")).toBeLessThanOrEqual(255);
  expect(one).not.toBe(other);
  for (const name of [one, other]) expect(isRetryQueue(name)).toBe(true);
  expect(isRetryQueue("orders")).toBe(false);
});

test("a retry queue outlives its messages by what is spare", () => {
  expect({ ...retryQueue("orders", 1_000, 500).arguments }).toEqual({
    "x-message-ttl": 1_000,
    "x-expires": 1_500,
    "x-dead-letter-exchange": "",
    "x-dead-letter-routing-key": "orders",
  });
});
