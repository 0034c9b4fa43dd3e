import { deadLetter, type Death } from "./death.ts";
import { isDeathCycle } from "./death-cycle.ts";
import type { StoredMessage } from "../stored-message.ts";

/** A queue, as far as dead letters go to it. */
interface Destination {
  readonly name: string;
  add(message: StoredMessage): unknown;
}

/**
 * Sends dead letters on, in order and once whatever is being done to a queue is done: a queue may be its own
 * dead-letter queue, and a chain of queues may be of any length. Nobody is told of one that no queue takes.
 */
export class DeadLetters {
  readonly #route: (message: StoredMessage) => Iterable<Destination>;
  #waiting: Death[] = [];

  /** `route` finds the queues of a message, none where its exchange does not exist. */
  constructor(route: (message: StoredMessage) => Iterable<Destination>) {
    this.#route = route;
  }

  add(death: Death): void {
    if (this.#waiting.push(death) === 1) queueMicrotask(() => this.#send());
  }

  #send(): void {
    const deaths = this.#waiting;
    this.#waiting = [];
    for (const death of deaths) {
      const message = deadLetter(death);
      for (const queue of this.#route(message))
        if (!isDeathCycle(queue.name, message.headers, death.reason)) queue.add(message);
    }
  }
}
