import { brokerClosed } from "../broker-errors.ts";
import type { QueueDelivery, QueueReader } from "../queue-delivery.ts";
import { nextTurn } from "./next-turn.ts";
import type { Queue } from "./queue/queue.ts";
import { EmbeddedQueueDelivery, Unsettled } from "./unsettled.ts";

export class EmbeddedReader implements QueueReader {
  /** Throws where the queue cannot be read. */
  readonly #find: () => Queue;
  readonly #onClosed: () => void;
  /** Of the queue that was read last: there may be another of that name by now. */
  #read: { readonly queue: Queue; readonly unsettled: Unsettled } | undefined;
  #remaining = 0;
  #open = true;

  constructor(find: () => Queue, { onClosed }: { onClosed: () => void }) {
    this.#find = find;
    this.#onClosed = onClosed;
  }

  get remaining(): number {
    return this.#remaining;
  }

  async next(): Promise<QueueDelivery | undefined> {
    const delivery = this.#next();
    await nextTurn();
    return delivery;
  }

  async close(): Promise<void> {
    this.end();
    await nextTurn();
  }

  /** At once. */
  end(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#giveBack();
    this.#onClosed();
  }

  #next(): QueueDelivery | undefined {
    if (!this.#open) throw brokerClosed();
    const queue = this.#find();
    if (this.#read?.queue !== queue) {
      this.#giveBack();
      this.#read = { queue, unsettled: new Unsettled(queue) };
    }
    const { unsettled } = this.#read;
    const message = queue.take();
    this.#remaining = queue.messagesReady;
    if (!message) return undefined;
    unsettled.add(message);
    return new EmbeddedQueueDelivery(message, (how) => unsettled.settle(message, how));
  }

  #giveBack(): void {
    this.#read?.queue.requeue(this.#read.unsettled.takeAll());
  }
}
