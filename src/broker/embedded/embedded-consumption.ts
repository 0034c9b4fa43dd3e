import { brokerClosed, queueNotFound } from "../broker-errors.ts";
import type { QueueConsumption, QueueListener, Settlement } from "../queue-delivery.ts";
import { nextTurn } from "./next-turn.ts";
import type { AcknowledgingConsumer } from "./queue/consumer.ts";
import type { Queue } from "./queue/queue.ts";
import type { QueuedMessage } from "./queue/queued-message.ts";
import { EmbeddedQueueDelivery, Unsettled } from "./unsettled.ts";

/**
 * A consumer with acknowledgements: takes up to its prefetch, and hands it on in order on the next turn of
 * the event loop. There is no connection to lose, so it is never interrupted.
 */
export class EmbeddedConsumption implements QueueConsumption, AcknowledgingConsumer {
  readonly acknowledges = true;
  readonly #queue: Queue;
  readonly #prefetch: number;
  readonly #listener: QueueListener;
  readonly #onClosed: () => void;
  readonly #unsettled: Unsettled;
  #waiting: QueuedMessage[] = [];
  #open = true;
  #closeAsked = false;

  /** `prefetch` 0 is without a bound (AMQP 0-9-1 section 1.8.3.1). Consumes at once. */
  constructor(
    queue: Queue,
    listener: QueueListener,
    { prefetch, onClosed }: { prefetch: number; onClosed: () => void },
  ) {
    this.#queue = queue;
    this.#prefetch = prefetch === 0 ? Infinity : prefetch;
    this.#listener = listener;
    this.#onClosed = onClosed;
    this.#unsettled = new Unsettled(queue);
    queue.consume(this);
  }

  get hasRoom(): boolean {
    return this.#unsettled.size < this.#prefetch;
  }

  take(message: QueuedMessage): void {
    this.#unsettled.add(message);
    if (this.#waiting.push(message) === 1) setImmediate(() => this.#deliver());
  }

  queueGone(): void {
    if (!this.#close()) return;
    setImmediate(() => {
      if (!this.#closeAsked) this.#listener.ended(queueNotFound(this.#queue.name));
    });
  }

  async close(): Promise<void> {
    this.#closeAsked = true;
    this.#leave();
    await nextTurn();
  }

  /** The adapter is closing: the listener is told that this was all. */
  end(): void {
    if (this.#leave()) this.#listener.ended(brokerClosed());
  }

  #deliver(): void {
    const messages = this.#waiting;
    this.#waiting = [];
    for (const message of messages) {
      if (!this.#open) return;
      const settle = (how: Settlement): boolean => this.#settle(message, how);
      this.#listener.delivery(new EmbeddedQueueDelivery(message, settle));
    }
  }

  #settle(message: QueuedMessage, how: Settlement): boolean {
    const settled = this.#unsettled.settle(message, how);
    if (settled) this.#queue.hasRoomAgain(this);
    return settled;
  }

  /** False where it was closed before. */
  #leave(): boolean {
    const unsettled = this.#close();
    if (unsettled) this.#queue.leave(this, unsettled);
    return unsettled !== undefined;
  }

  /** What it has not settled, or undefined where it was closed before. */
  #close(): readonly QueuedMessage[] | undefined {
    if (!this.#open) return undefined;
    this.#open = false;
    this.#waiting = [];
    this.#onClosed();
    return this.#unsettled.takeAll();
  }
}
