import type { QueueDelivery, Settlement } from "../broker/queue-delivery.ts";
import type { Attempt } from "./attempts.ts";
import type { Delivery } from "./delivery.ts";
import { deliveryId } from "./delivery-id.ts";

/** Whose a delivery is, and where it goes when it is over. */
export interface Owner {
  readonly queue: string;
  readonly callerId: string;
  /** Deliveries of one message after which it is dead-lettered; undefined: without end. */
  readonly maxAttempts: number | undefined;
  /** It is not in the subscriber's hands any more. */
  forget(handed: HandedOut): void;
}

/** A delivery in somebody's hands. */
export class HandedOut implements Delivery {
  readonly id = deliveryId();
  readonly owner: Owner;
  readonly counted: Attempt;
  /** When it goes back, by `performance.now()`. */
  readonly dueAt: number;
  /** A retry of it is under way: nothing else becomes of it meanwhile. */
  isBusy = false;
  readonly #delivery: QueueDelivery;

  constructor(owner: Owner, counted: Attempt, delivery: QueueDelivery, dueAt: number) {
    this.owner = owner;
    this.counted = counted;
    this.#delivery = delivery;
    this.dueAt = dueAt;
  }

  get queue(): string {
    return this.owner.queue;
  }

  get attempt(): number {
    return this.counted.attempt;
  }

  get message(): Delivery["message"] {
    return this.counted.message;
  }

  /** It has been handed out as often as it may be. */
  get isLast(): boolean {
    const { maxAttempts } = this.owner;
    return maxAttempts !== undefined && this.attempt >= maxAttempts;
  }

  /** False where the queue has it back already. */
  settle(how: Settlement): boolean {
    return this.#delivery.settle(how);
  }
}
