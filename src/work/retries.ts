import { LRUCache } from "lru-cache";
import type { Broker } from "../broker/broker.ts";
import type { IncomingMessage, OutgoingMessage } from "../broker/message.ts";
import type { QueueSpec } from "../broker/topology.ts";
import { CodedError } from "../errors.ts";
import { forRetry } from "./retried-message.ts";
import { retryDelay, retryQueue } from "./retry-queue.ts";

/** A retry queue is left over for so long after the last message can have gone from it. */
const SPARE_MS = 60_000;

/** Retry queues that are known to be there. */
const KNOWN = 10_000;

interface Declaration {
  /** When it was asked for, by `performance.now()`: the queue's life begins then or later. */
  readonly at: number;
  readonly done: Promise<void>;
}

export type RetriesBroker = Pick<Broker, "user" | "declareOwnQueue" | "forward">;

/** Sends copies of messages to where they wait, on the broker. */
export class Retries {
  readonly #broker: RetriesBroker;
  readonly #spareMs: number;
  /** The last of each queue. */
  readonly #declared = new LRUCache<string, Declaration>({ max: KNOWN });

  /** `spareMs` must be several times what a declaration and a publish take. */
  constructor(broker: RetriesBroker, spareMs = SPARE_MS) {
    this.#broker = broker;
    this.#spareMs = spareMs;
  }

  /**
   * Resolves once the broker has taken responsibility for a copy that comes back to `queue` as `attempt`, after
   * `delayMs` or a little more. Rejects as {@link Broker.publish} does; the copy may be there all the same where
   * the code is CONFIRM_UNKNOWN.
   */
  async send(
    message: IncomingMessage,
    { queue, attempt, delayMs }: { queue: string; attempt: number; delayMs: number },
  ): Promise<void> {
    const spec = retryQueue(queue, retryDelay(delayMs), this.#spareMs);
    const { user } = this.#broker;
    const copy = forRetry(message, { retryQueue: spec.name, attempt, user });
    if (await this.#forward(copy, spec)) return;
    // Somebody has deleted it.
    this.#declared.delete(spec.name);
    if (await this.#forward(copy, spec)) return;
    throw new CodedError(
      "PUBLISH_REFUSED",
      "The queue for messages that wait to be retried was deleted while it was published to; try again",
    );
  }

  /**
   * False where the queue was not there. A message that arrives within `spareMs` of the declaration expires before its
   * queue does, whatever its delay; one that arrives later could go with it, and when it arrived is not told.
   */
  async #forward(copy: OutgoingMessage, spec: QueueSpec): Promise<boolean> {
    const { at, done } = this.#declare(spec);
    await done;
    const { routed } = await this.#broker.forward(copy);
    if (routed && performance.now() - at >= this.#spareMs) {
      this.#declared.delete(spec.name);
      throw new CodedError(
        "CONFIRM_UNKNOWN",
        "The broker's confirm came so late that the message may not come back; the delivery is still yours, and may come twice if it is retried again",
      );
    }
    return routed;
  }

  #declare(spec: QueueSpec): Declaration {
    const { name } = spec;
    const known = this.#declared.get(name);
    // Two thirds are left for the publish.
    if (known && performance.now() - known.at < this.#spareMs / 3) return known;
    const declared = { at: performance.now(), done: this.#broker.declareOwnQueue(spec) };
    this.#declared.set(name, declared);
    declared.done.catch(() => {
      if (this.#declared.peek(name) === declared) this.#declared.delete(name);
    });
    return declared;
  }
}
