import type { IncomingMessage } from "../message.ts";
import type { QueueDelivery, Settlement } from "../queue-delivery.ts";
import { EmbeddedDelivery } from "./embedded-delivery.ts";
import type { Queue } from "./queue/queue.ts";
import type { QueuedMessage } from "./queue/queued-message.ts";

/** What somebody has from a queue and has not settled. */
export class Unsettled {
  readonly #queue: Queue;
  readonly #messages = new Set<QueuedMessage>();

  constructor(queue: Queue) {
    this.#queue = queue;
  }

  get size(): number {
    return this.#messages.size;
  }

  add(message: QueuedMessage): void {
    this.#messages.add(message);
  }

  /** False where it is none of them, or no more. */
  settle(message: QueuedMessage, how: Settlement): boolean {
    if (!this.#messages.delete(message)) return false;
    switch (how) {
      case "ack":
        this.#queue.done();
        break;
      case "requeue":
        this.#queue.requeue([message]);
        break;
      case "reject":
        this.#queue.reject(message);
        break;
    }
    return true;
  }

  /** Nothing of it can be settled afterwards. */
  takeAll(): readonly QueuedMessage[] {
    const all = [...this.#messages];
    this.#messages.clear();
    return all;
  }
}

/** A message with its settlement, which `settle` does or refuses. */
export class EmbeddedQueueDelivery implements QueueDelivery {
  readonly message: IncomingMessage;
  readonly #settle: (how: Settlement) => boolean;

  constructor({ stored, redelivered }: QueuedMessage, settle: (how: Settlement) => boolean) {
    this.message = new EmbeddedDelivery(stored, redelivered);
    this.#settle = settle;
  }

  settle(how: Settlement): boolean {
    return this.#settle(how);
  }
}
