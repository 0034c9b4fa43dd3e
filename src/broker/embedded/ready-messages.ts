import { queueBounds, type QueueBounds } from "./queue-arguments.ts";
import type { QueueSpec } from "../topology.ts";
import type { StoredMessage } from "./stored-message.ts";

interface Waiting {
  readonly message: StoredMessage;
  /** On the clock of `Date.now`. */
  readonly expiresAt: number;
}

/**
 * The messages of a queue that wait for a consumer, the oldest first, within the queue's bounds:
 * past one the oldest are dropped (RabbitMQ, "Queue Length Limit"), and a message that is older than
 * its time-to-live when it comes to the head is too (RabbitMQ, "Time-To-Live and Expiration").
 */
export class ReadyMessages {
  readonly #bounds: QueueBounds;
  #messages: Waiting[] = [];
  /** Where the oldest is in `#messages`: what lies before it has gone. */
  #head = 0;
  #bytes = 0;

  constructor(spec: QueueSpec) {
    this.#bounds = queueBounds(spec);
  }

  get count(): number {
    this.#dropExpired();
    return this.#messages.length - this.#head;
  }

  add(message: StoredMessage): void {
    this.#dropExpired();
    const ttlMs = Math.min(message.properties.expirationMs ?? Infinity, this.#bounds.messageTtlMs);
    this.#messages.push({ message, expiresAt: Date.now() + ttlMs });
    this.#bytes += message.body.length;
    while (this.#tooMany()) this.#shift();
  }

  shift(): StoredMessage | undefined {
    this.#dropExpired();
    return this.#shift();
  }

  #tooMany(): boolean {
    const { maxLength, maxLengthBytes } = this.#bounds;
    return this.#messages.length - this.#head > maxLength || this.#bytes > maxLengthBytes;
  }

  #dropExpired(): void {
    for (let oldest = this.#messages[this.#head]; oldest; oldest = this.#messages[this.#head]) {
      if (oldest.expiresAt > Date.now()) return;
      this.#shift();
    }
  }

  #shift(): StoredMessage | undefined {
    const oldest = this.#messages[this.#head];
    if (!oldest) return undefined;
    this.#head += 1;
    this.#bytes -= oldest.message.body.length;
    // Half of the array or more has gone: moving the rest costs less than a step for each that went.
    if (this.#head * 2 >= this.#messages.length) {
      this.#messages = this.#messages.slice(this.#head);
      this.#head = 0;
    }
    return oldest.message;
  }
}
