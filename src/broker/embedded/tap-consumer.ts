import type { IncomingMessage } from "../message.ts";
import { EmbeddedDelivery } from "./embedded-delivery.ts";
import type { DirectConsumer } from "./queue/consumer.ts";
import type { StoredMessage } from "./stored-message.ts";

/**
 * Takes messages at once and without acknowledgement, and hands them on in order on the next turn of
 * the event loop, so that nobody is called from within the publish that they answer to.
 */
export class TapConsumer implements DirectConsumer {
  readonly acknowledges = false;
  readonly hasRoom = true;
  readonly #onDelivery: (message: IncomingMessage) => void;
  #waiting: StoredMessage[] = [];
  #cancelled = false;

  constructor(onDelivery: (message: IncomingMessage) => void) {
    this.#onDelivery = onDelivery;
  }

  take(message: StoredMessage): void {
    if (this.#waiting.push(message) === 1) setImmediate(() => this.#deliver());
  }

  /** Nothing is delivered afterwards. */
  cancel(): void {
    this.#cancelled = true;
    this.#waiting = [];
  }

  queueGone(): void {
    this.cancel();
  }

  #deliver(): void {
    const messages = this.#waiting;
    this.#waiting = [];
    for (const message of messages) {
      if (this.#cancelled) return;
      this.#onDelivery(new EmbeddedDelivery(message, false));
    }
  }
}
