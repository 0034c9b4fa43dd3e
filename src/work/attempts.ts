import { LRUCache } from "lru-cache";
import type { IncomingMessage } from "../broker/message.ts";
import { BROKER_COUNTS, retried } from "./retried-message.ts";

/** Messages that have gone back and may come again, of all queues. */
const REMEMBERED = 10_000;

/** A message with what its delivery is called. */
export interface Attempt {
  /** As it was published, whatever its way was. */
  readonly message: IncomingMessage;
  readonly attempt: number;
  /** What it is known by when it comes again; undefined where it has no id. */
  readonly key: string | undefined;
  /** How often this copy has been handed out before. */
  readonly returns: number;
}

/**
 * Counts how often a message has been handed out. Retries are counted in the message itself, and so is what a quorum
 * queue takes back. A classic queue says no more than `redelivered`: how often is remembered here, by queue and
 * message id, for as long as this process lives.
 */
export class Attempts {
  readonly #returns = new LRUCache<string, number>({ max: REMEMBERED });

  next(queue: string, delivered: IncomingMessage): Attempt {
    const { message, attempt } = retried(delivered);
    const { messageId } = message.properties;
    const key = messageId === undefined ? undefined : keyOf(queue, messageId);
    const returns = delivered.redelivered ? this.#returnsOf(key, delivered) : 0;
    return { message, attempt: attempt + returns, key, returns };
  }

  /** Somebody has looked at it and put it back, which is no attempt although it will be `redelivered`. */
  looked(queue: string, { redelivered, properties: { messageId } }: IncomingMessage): void {
    if (messageId === undefined) return;
    const key = keyOf(queue, messageId);
    if (!this.#returns.has(key)) this.#returns.set(key, redelivered ? 1 : 0);
  }

  /** It has gone back to its queue, and has been handed out once more. */
  wentBack({ key, returns }: Attempt): void {
    if (key !== undefined) this.#returns.set(key, returns + 1);
  }

  /** It will not come again as it was. */
  settled({ key }: Attempt): void {
    if (key !== undefined && this.#returns.size > 0) this.#returns.delete(key);
  }

  #returnsOf(key: string | undefined, { headers }: IncomingMessage): number {
    const counted = BROKER_COUNTS.map((name) => headers[name]).map((count) =>
      typeof count === "number" ? count : 0,
    );
    const remembered = key === undefined ? undefined : this.#returns.get(key);
    return Math.max(remembered ?? 1, ...counted);
  }
}

function keyOf(queue: string, messageId: string): string {
  return JSON.stringify([queue, messageId]);
}
