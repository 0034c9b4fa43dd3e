import type { Attempts } from "./attempts.ts";
import type { Broker } from "../broker/broker.ts";
import { CodedError } from "../errors.ts";
import type { AckMode, Delivery, Receipts } from "./delivery.ts";
import type { HandedOut } from "./handed-out.ts";
import { Hands } from "./hands.ts";
import { MAX_RETRY_DELAY_MS } from "./retry-queue.ts";
import { Retries } from "./retries.ts";
import { WorkSubscription } from "./work-subscription.ts";
import type { WorkTally } from "./work-tally.ts";

export interface DeliveriesOptions {
  /** Milliseconds that a delivery may be held. Below the broker's own `consumer_timeout`. */
  readonly deliveryLeaseMs: number;
  /** The largest prefetch, and the longest list of ids. */
  readonly maxPrefetch: number;
}

export interface DeliveriesRequest {
  readonly queue: string;
  readonly prefetch: number;
  readonly ack: AckMode;
  readonly maxAttempts?: number | undefined;
  readonly receipts?: Receipts | undefined;
  /** Whoever settles them must be the same. */
  readonly callerId: string;
}

/** Work from queues: handed out to subscribers, and settled by them from whichever connection. */
export class Deliveries {
  readonly #broker: Broker;
  readonly #options: DeliveriesOptions;
  readonly #hands: Hands;
  readonly #retries: Retries;

  constructor(broker: Broker, options: DeliveriesOptions, tally: WorkTally) {
    this.#broker = broker;
    this.#options = options;
    this.#hands = new Hands(tally);
    this.#retries = new Retries(broker);
  }

  /** How often messages have been handed out. */
  get attempts(): Attempts {
    return this.#hands.attempts;
  }

  /** How many deliveries are in subscribers' hands, and how many subscriptions there are. */
  get size(): { deliveries: number; subscriptions: number } {
    return this.#hands.size;
  }

  /**
   * Consumes `queue`. What is not settled when the iteration ends goes back. Rejects as {@link Broker.consume}
   * does; ends with NOT_FOUND when the queue is deleted.
   */
  async subscribe(request: DeliveriesRequest): Promise<AsyncIterableIterator<Delivery>> {
    this.#check(request);
    const { queue, prefetch, ack, receipts, callerId, maxAttempts } = request;
    const { deliveryLeaseMs: leaseMs } = this.#options;
    const subscription = new WorkSubscription(
      { queue, ack, receipts, callerId, maxAttempts, leaseMs },
      this.#hands,
    );
    const { deliveries } = subscription;
    this.#hands.joined(subscription);
    try {
      subscription.begin(await this.#broker.consume(queue, { prefetch }, subscription));
    } catch (error) {
      await deliveries.return?.();
      throw error;
    }
    return deliveries;
  }

  /** The ids, in order; for one that the caller has no delivery of, a rejection with DELIVERY_UNKNOWN instead. */
  ack(ids: readonly string[], callerId: string): (string | Promise<string>)[] {
    return this.#each(ids, callerId, (handed) => this.#hands.settle(handed, "acked"));
  }

  /** `requeue` false: to the dead-letter exchange, where there is one; so too where it was its last attempt. */
  nack(
    ids: readonly string[],
    { requeue }: { requeue: boolean },
    callerId: string,
  ): (string | Promise<string>)[] {
    return this.#each(ids, callerId, (handed) => {
      if (requeue && handed.isLast) return this.#hands.settle(handed, "exhausted");
      return this.#hands.settle(handed, requeue ? "requeued" : "rejected");
    });
  }

  /** Each comes back to its queue after `delayMs`, unless this was its last attempt: then it is dead-lettered. */
  retry(
    ids: readonly string[],
    { delayMs }: { delayMs: number },
    callerId: string,
  ): Promise<string>[] {
    if (!(delayMs >= 0 && delayMs <= MAX_RETRY_DELAY_MS))
      throw new CodedError(
        "BAD_USER_INPUT",
        `delayMs is ${delayMs}; it must be from 0 to ${MAX_RETRY_DELAY_MS} milliseconds`,
      );
    this.#checkLength(ids);
    // Each is marked before the next is looked for: an id that is given twice is known once.
    return ids.map((id) => {
      const handed = this.#hands.find(id, callerId);
      return handed ? this.#retry(handed, delayMs) : Promise.reject(unknownDelivery(id));
    });
  }

  async #retry(handed: HandedOut, delayMs: number): Promise<string> {
    const { id, queue, message, attempt } = handed;
    if (handed.isLast) {
      if (!this.#hands.settle(handed, "exhausted")) throw unknownDelivery(id);
      return id;
    }
    handed.isBusy = true;
    try {
      await this.#retries.send(message, { queue, attempt: attempt + 1, delayMs });
    } finally {
      handed.isBusy = false;
    }
    // Where it has gone back meanwhile there are two of it now, which is what "at least once" means.
    this.#hands.settle(handed, "retried");
    return id;
  }

  #each(
    ids: readonly string[],
    callerId: string,
    settle: (handed: HandedOut) => boolean,
  ): (string | Promise<string>)[] {
    this.#checkLength(ids);
    return ids.map((id) => {
      const handed = this.#hands.find(id, callerId);
      return handed && settle(handed) ? id : Promise.reject(unknownDelivery(id));
    });
  }

  #checkLength(ids: readonly string[]): void {
    const { maxPrefetch } = this.#options;
    if (ids.length > maxPrefetch)
      throw new CodedError(
        "LIMIT_EXCEEDED",
        `deliveryIds has ${ids.length} entries; at most ${maxPrefetch} are taken`,
        { limit: "maxPrefetch" },
      );
  }

  #check({ prefetch, maxAttempts, ack, receipts }: DeliveriesRequest): void {
    const { maxPrefetch } = this.#options;
    if (prefetch < 1)
      throw new CodedError("BAD_USER_INPUT", `prefetch is ${prefetch}; it must be at least 1`);
    if (prefetch > maxPrefetch)
      throw new CodedError(
        "LIMIT_EXCEEDED",
        `prefetch is ${prefetch}; at most ${maxPrefetch} is taken`,
        { limit: "maxPrefetch" },
      );
    if (maxAttempts !== undefined && maxAttempts < 1)
      throw new CodedError(
        "BAD_USER_INPUT",
        `maxAttempts is ${maxAttempts}; it must be at least 1`,
      );
    if (ack === "auto" && !receipts)
      throw new CodedError(
        "NOT_SUPPORTED",
        'ack: AUTO needs a connection that shows what has arrived: a WebSocket, or a POST that accepts "text/event-stream" alone; settle by id with ack: MANUAL',
      );
  }
}

function unknownDelivery(id: string): CodedError {
  return new CodedError(
    "DELIVERY_UNKNOWN",
    `There is no delivery ${JSON.stringify(id.slice(0, 64))} of yours: it is settled already, or has gone back to its queue`,
  );
}
