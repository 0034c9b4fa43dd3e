import type { QueueSpec } from "../topology.ts";
import type { BoundDestination } from "./bound-destination.ts";
import type { Consumer } from "./consumer.ts";
import { copyFieldTable } from "./field-values.ts";
import { checkQueueArguments, mustEqualQueue } from "./queue-arguments.ts";
import { ReadyMessages } from "./ready-messages.ts";
import type { StoredMessage } from "./stored-message.ts";

export class Queue {
  readonly spec: QueueSpec;
  /** Only the connection that declared it may use it (AMQP 0-9-1 section 1.7.2.1, "exclusive"). */
  readonly exclusive: boolean;
  /** Bindings with this queue as their destination. */
  readonly incoming = new Set<BoundDestination>();
  readonly #ready: ReadyMessages;
  #consumer?: Consumer;

  constructor(spec: QueueSpec, { exclusive }: { exclusive: boolean }) {
    checkQueueArguments(spec);
    this.spec = { ...spec, arguments: copyFieldTable(spec.arguments) };
    this.exclusive = exclusive;
    this.#ready = new ReadyMessages(spec);
  }

  get name(): string {
    return this.spec.name;
  }

  get messagesReady(): number {
    return this.#ready.count;
  }

  get consumers(): number {
    return this.#consumer ? 1 : 0;
  }

  /** Rejects a declaration that is not the one which made it, naming the first difference. */
  mustEqual(given: QueueSpec): void {
    checkQueueArguments(given);
    mustEqualQueue(this.spec, given);
  }

  add(message: StoredMessage): void {
    if (this.#consumer) this.#consumer.take(message);
    else this.#ready.add(message);
  }

  consume(consumer: Consumer): void {
    this.#consumer = consumer;
    for (let message = this.#ready.shift(); message; message = this.#ready.shift())
      consumer.take(message);
  }
}
