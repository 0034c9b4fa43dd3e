import type { Settlement } from "../broker/queue-delivery.ts";
import type { DeliveryEnd, WorkTally } from "./work-tally.ts";
import { Attempts } from "./attempts.ts";
import type { HandedOut, Owner } from "./handed-out.ts";

/** What each end by the client's word is on the broker; of what is retried, a copy is there already. */
const SETTLEMENTS = {
  acked: "ack",
  requeued: "requeue",
  rejected: "reject",
  exhausted: "reject",
  retried: "ack",
} as const;
type Settled = keyof typeof SETTLEMENTS & DeliveryEnd;

/** Everything that is in subscribers' hands, by id, and how each of it ends: once. */
export class Hands {
  readonly attempts = new Attempts();
  readonly #tally: WorkTally;
  readonly #handed = new Map<string, HandedOut>();
  readonly #subscriptions = new Set<Owner>();

  constructor(tally: WorkTally) {
    this.#tally = tally;
  }

  get size(): { deliveries: number; subscriptions: number } {
    return { deliveries: this.#handed.size, subscriptions: this.#subscriptions.size };
  }

  joined(owner: Owner): void {
    this.#subscriptions.add(owner);
  }

  left(owner: Owner): void {
    this.#subscriptions.delete(owner);
  }

  take(handed: HandedOut): void {
    this.#handed.set(handed.id, handed);
    this.#tally.handedOut(handed.attempt);
  }

  /** What the id means to this caller; undefined where it means nothing, or something else is happening to it. */
  find(id: string, callerId: string): HandedOut | undefined {
    const handed = this.#handed.get(id);
    return handed?.owner.callerId === callerId && !handed.isBusy ? handed : undefined;
  }

  /** False where it is over already, or its channel is: then the queue has it. */
  settle(handed: HandedOut, how: Settled): boolean {
    if (!this.#handed.has(handed.id)) return false;
    return this.#over(handed, how, SETTLEMENTS[how]);
  }

  /** It has been handed out too often before: off its queue, without anybody's having it. */
  exhausted(handed: HandedOut): void {
    this.#over(handed, "exhausted", "reject");
  }

  leaseOver(handed: HandedOut): void {
    this.#over(handed, "lease-expired", "requeue");
  }

  /** Its queue has it back by another way. */
  returned(handed: HandedOut): void {
    this.#handed.delete(handed.id);
    this.attempts.wentBack(handed.counted);
    this.#tally.ended("returned");
  }

  #over(handed: HandedOut, end: DeliveryEnd, settlement: Settlement): boolean {
    this.#handed.delete(handed.id);
    handed.owner.forget(handed);
    const isSettled = handed.settle(settlement);
    if (settlement === "requeue" || !isSettled) this.attempts.wentBack(handed.counted);
    else this.attempts.settled(handed.counted);
    this.#tally.ended(isSettled ? end : "returned");
    return isSettled;
  }
}
