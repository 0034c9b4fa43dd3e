import type { QueueConsumption, QueueDelivery, QueueListener } from "../broker/queue-delivery.ts";
import type { CodedError } from "../errors.ts";
import { PushIterator } from "../push-iterator.ts";
import type { AckMode, Delivery, Receipts } from "./delivery.ts";
import { HandedOut, type Owner } from "./handed-out.ts";
import type { Hands } from "./hands.ts";

export interface WorkOptions {
  readonly queue: string;
  readonly callerId: string;
  readonly ack: AckMode;
  /** How the client shows that it has received something; needed where `ack` is `auto`. */
  readonly receipts: Receipts | undefined;
  readonly maxAttempts: number | undefined;
  /** Milliseconds that a delivery may be held. */
  readonly leaseMs: number;
}

/**
 * One subscriber's share of a queue: what it has been handed, until it is settled or goes back. The prefetch bounds
 * how much that is, so nothing is dropped, however slowly it is read.
 */
export class WorkSubscription implements QueueListener, Owner {
  readonly queue: string;
  readonly callerId: string;
  readonly maxAttempts: number | undefined;
  readonly #options: WorkOptions;
  readonly #hands: Hands;
  /** The oldest first. */
  readonly #held = new Set<HandedOut>();
  /** Not read yet; some of it may have gone back meanwhile. */
  #waiting: HandedOut[] = [];
  /** Read, and not passed on to the client for certain. */
  #read: HandedOut | undefined;
  readonly #iterator: PushIterator<Delivery>;
  #consumption: QueueConsumption | undefined;
  #isOver = false;
  #lease: NodeJS.Timeout | undefined;

  constructor(options: WorkOptions, hands: Hands) {
    this.queue = options.queue;
    this.callerId = options.callerId;
    this.maxAttempts = options.maxAttempts;
    this.#options = options;
    this.#hands = hands;
    this.#iterator = new PushIterator<Delivery>(
      { shift: () => this.#shift(), clear: () => (this.#waiting = []) },
      () => this.#end(),
    );
  }

  /** What it consumes with; called once, when that is there. */
  begin(consumption: QueueConsumption): void {
    this.#consumption = consumption;
    if (this.#isOver) void consumption.close();
  }

  get deliveries(): AsyncIterableIterator<Delivery> {
    const iterator = this.#iterator;
    return {
      next: () => {
        // Whoever asks for the next has done what was to be done with the one before.
        this.#passedOn();
        return iterator.next();
      },
      return: () => iterator.return(),
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  delivery(delivery: QueueDelivery): void {
    if (this.#isOver) return;
    const counted = this.#hands.attempts.next(this.queue, delivery.message);
    const dueAt = performance.now() + this.#options.leaseMs;
    const handed = new HandedOut(this, counted, delivery, dueAt);
    if (this.maxAttempts !== undefined && counted.attempt > this.maxAttempts) {
      this.#hands.exhausted(handed);
      return;
    }
    this.#held.add(handed);
    this.#hands.take(handed);
    this.#watchLease();
    this.#waiting.push(handed);
    this.#iterator.wake();
  }

  interrupted(): void {
    this.#goBack();
  }

  ended(error: CodedError): void {
    this.#goBack();
    this.#iterator.fail(error);
  }

  forget(handed: HandedOut): void {
    this.#held.delete(handed);
  }

  #shift(): HandedOut | undefined {
    for (let handed = this.#waiting.shift(); handed; handed = this.#waiting.shift())
      if (this.#held.has(handed)) return (this.#read = handed);
    return undefined;
  }

  #passedOn(): void {
    const read = this.#read;
    this.#read = undefined;
    if (read && this.#options.ack === "auto")
      this.#options.receipts?.confirm(() => this.#hands.settle(read, "acked"));
  }

  /** The reader has left, or has read to the end. */
  #end(): void {
    this.#isOver = true;
    this.#goBack();
    void this.#consumption?.close();
    this.#hands.left(this);
  }

  /** The queue has everything back, or gets it back with the end of the consumer. */
  #goBack(): void {
    clearTimeout(this.#lease);
    this.#lease = undefined;
    this.#waiting = [];
    for (const handed of this.#held) this.#hands.returned(handed);
    this.#held.clear();
  }

  /** All have the same lease: the oldest is due first. */
  #watchLease(): void {
    if (this.#lease) return;
    const [oldest] = this.#held;
    if (!oldest) return;
    const inMs = Math.max(0, oldest.dueAt - performance.now());
    this.#lease = setTimeout(() => this.#endLeases(), inMs).unref();
  }

  #endLeases(): void {
    this.#lease = undefined;
    const now = performance.now();
    for (const handed of this.#held) {
      if (handed.dueAt > now) break;
      this.#hands.leaseOver(handed);
    }
    this.#watchLease();
  }
}
