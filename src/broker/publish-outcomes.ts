import { createHash } from "node:crypto";
import { serialize } from "node:v8";
import { LRUCache } from "lru-cache";
import type { OutgoingMessage } from "./message.ts";

export interface PublishOutcome {
  readonly routed: boolean;
}

/** Outcomes that are remembered at the most: about 30 MiB of ids, at their longest. */
const REMEMBERED = 50_000;

/**
 * The outcomes of publishes that came with an id of the client's own, for a while: whoever has not
 * heard the answer may ask again with the same id, and the message is not published twice.
 *
 * Only the same message is a retry: another exchange, routing key, body, header or property makes it
 * another message, whatever its id. What failed, or reached no queue, is not remembered: trying again
 * may help, and after CONFIRM_UNKNOWN nobody knows whether the message was taken.
 */
export class PublishOutcomes {
  readonly #known: LRUCache<string, Promise<PublishOutcome>>;

  /** `windowMs`: how long after it was asked for a publish is remembered. */
  constructor(windowMs: number) {
    this.#known = new LRUCache({
      max: REMEMBERED,
      ttl: windowMs,
      perf: { now: () => performance.now() },
    });
  }

  /** The outcome that is known or on its way, else that of `publish`. */
  of(message: OutgoingMessage, publish: () => Promise<PublishOutcome>): Promise<PublishOutcome> {
    const key = identity(message);
    const known = this.#known.get(key);
    if (known) return known;
    const outcome = publish();
    this.#known.set(key, outcome);
    const forget = () => {
      if (this.#known.peek(key) === outcome) this.#known.delete(key);
    };
    outcome.then(({ routed }) => (routed ? undefined : forget()), forget);
    return outcome;
  }
}

/** Equal for a message and its retries. The timestamp is not part of it: one that is left out is made up each time. */
function identity({ exchange, routingKey, body, headers, properties }: OutgoingMessage): string {
  const { timestamp: _, ...others } = properties;
  const digest = createHash("sha256").update(body);
  digest.update(serialize([body.length, exchange, routingKey, headers, others]));
  return digest.digest("base64");
}
