import { LRUCache } from "lru-cache";
import type { Broker } from "../broker/broker.ts";
import type { IncomingMessage } from "../broker/message.ts";
import { CodedError } from "../errors.ts";
import { forRetry } from "./retried-message.ts";
import { retryDelay, retryQueue } from "./retry-queue.ts";

/** A retry queue is left over for so long after the last message can have gone from it. */
const SPARE_MS = 60_000;

/** Retry queues that are known to be there. */
const KNOWN = 10_000;

/** Sends copies of messages to where they wait, on the broker. */
export class Retries {
  readonly #broker: Broker;
  readonly #spareMs: number;
  /** Each that has been declared so lately that it outlives what is published to it. */
  readonly #declared: LRUCache<string, Promise<unknown>>;

  /** `spareMs` must be several times what a declaration and a publish take. */
  constructor(broker: Broker, spareMs = SPARE_MS) {
    this.#broker = broker;
    this.#spareMs = spareMs;
    this.#declared = new LRUCache({ max: KNOWN, ttl: spareMs / 3 });
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
    await this.#declare(spec);
    if ((await this.#broker.forward(copy)).routed) return;
    // Somebody has deleted it.
    this.#declared.delete(spec.name);
    await this.#declare(spec);
    if ((await this.#broker.forward(copy)).routed) return;
    throw new CodedError(
      "PUBLISH_REFUSED",
      "The queue for messages that wait to be retried was deleted while it was published to; try again",
    );
  }

  async #declare(spec: ReturnType<typeof retryQueue>): Promise<void> {
    const { name } = spec;
    let declared = this.#declared.get(name);
    if (!declared) {
      declared = this.#broker.declareOwnQueue(spec);
      this.#declared.set(name, declared);
      declared.catch(() => this.#declared.delete(name));
    }
    await declared;
  }
}
