import { Fifo } from "./fifo.ts";
import type { QueuedMessage } from "./queued-message.ts";
import { ReturnedMessages } from "./returned-messages.ts";

/**
 * The messages of a queue that wait for a consumer: the highest priority first, and within one the
 * oldest (RabbitMQ, "Priority Queue Support"). What comes back goes to its old place.
 */
export class ReadyMessages {
  readonly #maxPriority: number;
  readonly #levels: Level[] = [];
  /** No level above this one has messages. */
  #highest = 0;
  #count = 0;
  #bytes = 0;

  constructor(maxPriority: number) {
    this.#maxPriority = maxPriority;
  }

  get count(): number {
    return this.#count;
  }

  /** Of the bodies. */
  get bytes(): number {
    return this.#bytes;
  }

  get first(): QueuedMessage | undefined {
    return this.#highestLevel()?.first;
  }

  /** One that has not been here before. */
  add(message: QueuedMessage): void {
    this.#counted(message).fresh.push(message);
  }

  putBack(message: QueuedMessage): void {
    this.#counted(message).returned.push(message);
  }

  shift(): QueuedMessage | undefined {
    const message = this.#highestLevel()?.shift();
    if (!message) return undefined;
    this.#count -= 1;
    this.#bytes -= message.stored.body.length;
    return message;
  }

  /** How many there were. */
  clear(): number {
    const had = this.#count;
    this.#levels.length = 0;
    this.#highest = this.#count = this.#bytes = 0;
    return had;
  }

  /** Its level, with the message counted in. Without a priority it is 0; past the queue's highest, that. */
  #counted({ stored }: QueuedMessage): Level {
    this.#count += 1;
    this.#bytes += stored.body.length;
    const priority = Math.min(stored.properties.priority ?? 0, this.#maxPriority);
    if (priority > this.#highest) this.#highest = priority;
    return (this.#levels[priority] ??= new Level());
  }

  #highestLevel(): Level | undefined {
    if (this.#count === 0) return undefined;
    while (this.#highest > 0 && !this.#levels[this.#highest]?.first) this.#highest -= 1;
    return this.#levels[this.#highest];
  }
}

/** Of one priority. What came back was handed out before any that is still fresh, and is older. */
class Level {
  readonly returned = new ReturnedMessages();
  readonly fresh = new Fifo<QueuedMessage>();

  get first(): QueuedMessage | undefined {
    return this.returned.first ?? this.fresh.first;
  }

  shift(): QueuedMessage | undefined {
    return this.returned.shift() ?? this.fresh.shift();
  }
}
