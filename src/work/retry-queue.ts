import { createHash } from "node:crypto";
import { fieldTable } from "../broker/field-table.ts";
import { SHORT_STRING_BYTES } from "../broker/limits.ts";
import type { QueueSpec } from "../broker/topology.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * The delays that there are, in milliseconds: each is a queue for every queue that is retried to, so there are
 * few, each about twice the one before. A million different delays make no more queues than these.
 */
export const RETRY_DELAYS_MS: readonly number[] = [
  100,
  250,
  500,
  ...[1, 2, 5, 10, 15, 20, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 20, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 4, 8, 12, 16, 24].map((hours) => hours * HOUR),
];

export const MAX_RETRY_DELAY_MS = 24 * HOUR;

/** The smallest of {@link RETRY_DELAYS_MS} that is not shorter. */
export function retryDelay(delayMs: number): number {
  return RETRY_DELAYS_MS.find((delay) => delay >= delayMs) ?? MAX_RETRY_DELAY_MS;
}

const PREFIX = "gql.retry.";

export function isRetryQueue(name: unknown): boolean {
  return typeof name === "string" && name.startsWith(PREFIX);
}

/** Where messages of `queue` wait for `delayMs`. A name that would be too long has a digest instead of the queue's. */
export function retryQueueName(queue: string, delayMs: number): string {
  const name = `${PREFIX}${delayMs}.${queue}`;
  if (Buffer.byteLength(name) <= SHORT_STRING_BYTES) return name;
  return `${PREFIX}${delayMs}.sha256.${createHash("sha256").update(queue).digest("hex")}`;
}

/**
 * A queue that nobody consumes: a message waits there until it expires, and goes back to `queue` as a dead letter
 * (RabbitMQ, "Dead Letter Exchanges"). It goes by itself when it has not been declared for its delay and
 * `spareMs` (RabbitMQ, "Queue TTL"), whatever is in it: so it is declared again before it is published to.
 */
export function retryQueue(queue: string, delayMs: number, spareMs: number): QueueSpec {
  return {
    name: retryQueueName(queue, delayMs),
    type: "classic",
    durable: true,
    autoDelete: false,
    arguments: fieldTable({
      "x-message-ttl": delayMs,
      "x-expires": delayMs + spareMs,
      "x-dead-letter-exchange": "",
      "x-dead-letter-routing-key": queue,
    }),
  };
}
