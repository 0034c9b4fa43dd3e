import type { QueueSpec } from "../../topology.ts";
import type { BoundDestination } from "../bound-destination.ts";
import { copyFieldTable } from "../field-values.ts";
import type { StoredMessage } from "../stored-message.ts";
import { Alarm } from "./alarm.ts";
import type { AcknowledgingConsumer, Consumer } from "./consumer.ts";
import { Consumers } from "./consumers.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { DeathReason } from "./death.ts";
import { checkQueueArguments, mustEqualQueue } from "./queue-arguments.ts";
import { queueRules, type QueueRules } from "./queue-rules.ts";
import type { QueuedMessage } from "./queued-message.ts";
import { ReadyMessages } from "./ready-messages.ts";

export interface QueueSurroundings {
  readonly deadLetters: DeadLetters;
  /** The queue is to be deleted: its last consumer has left, or it was unused for too long. */
  readonly onUnused: (queue: Queue) => void;
}

/**
 * A classic queue. While a consumer has room no message is ready: whatever changes either ends with
 * handing out what can be. A message is ready, or handed out until it is settled, or gone.
 */
export class Queue {
  readonly spec: QueueSpec;
  /** Only the connection that declared it may use it (AMQP 0-9-1 section 1.7.2.1, "exclusive"). */
  readonly exclusive: boolean;
  /** Bindings with this queue as their destination. */
  readonly incoming = new Set<BoundDestination>();
  readonly #rules: QueueRules;
  readonly #surroundings: QueueSurroundings;
  readonly #ready: ReadyMessages;
  readonly #consumers: Consumers;
  readonly #headExpiry = new Alarm(() => this.#dropExpired());
  readonly #disuse = new Alarm(() => this.#surroundings.onUnused(this));
  #handedOut = 0;
  #nextPlace = 0;
  #gone = false;

  constructor(
    spec: QueueSpec,
    { exclusive, ...surroundings }: { exclusive: boolean } & QueueSurroundings,
  ) {
    this.#rules = queueRules(spec);
    this.spec = { ...spec, arguments: copyFieldTable(spec.arguments) };
    this.exclusive = exclusive;
    this.#surroundings = surroundings;
    this.#ready = new ReadyMessages(this.#rules.maxPriority);
    this.#consumers = new Consumers({ singleActive: this.#rules.singleActiveConsumer });
    this.used();
  }

  get name(): string {
    return this.spec.name;
  }

  get messagesReady(): number {
    this.#dropExpired();
    return this.#ready.count;
  }

  get messagesUnacknowledged(): number {
    return this.#handedOut;
  }

  get consumers(): number {
    return this.#consumers.count;
  }

  /** Rejects a declaration that is not the one which made it, naming the first difference. */
  mustEqual(given: QueueSpec): void {
    checkQueueArguments(given);
    mustEqualQueue(this.spec, given);
  }

  /** Declared, read from or left by a consumer: it may be unused for as long again. */
  used(): void {
    if (this.#rules.expiresMs !== Infinity) {
      if (this.consumers > 0) this.#disuse.clear();
      else this.#disuse.set(Date.now() + this.#rules.expiresMs);
    }
  }

  /** False where it is full and refuses the message. */
  add(stored: StoredMessage): boolean {
    if (this.#rules.rejectsPublish && this.#wouldOverflow(stored)) {
      if (this.#rules.deadLettersRejected) this.#bury(stored, "maxlen");
      return false;
    }
    const consumer = this.#ready.count === 0 ? this.#consumers.next() : undefined;
    if (consumer?.acknowledges === false) {
      consumer.take(stored);
      return true;
    }
    const message = {
      stored,
      place: this.#nextPlace++,
      expiresAt: this.#expiryOf(stored),
      redelivered: false,
    };
    if (consumer) this.#handOut(message, consumer);
    else this.#keep(message);
    return true;
  }

  consume(consumer: Consumer): void {
    this.#consumers.add(consumer);
    this.used();
    this.#deliver();
  }

  /** It takes nothing more; `unsettled` goes back. With the last consumer an auto-delete queue goes. */
  leave(consumer: Consumer, unsettled: Iterable<QueuedMessage>): void {
    if (!this.#consumers.remove(consumer)) return;
    this.requeue(unsettled);
    this.used();
    if (this.spec.autoDelete && this.consumers === 0) this.#surroundings.onUnused(this);
  }

  /** A consumer that was full has settled something. */
  hasRoomAgain(consumer: AcknowledgingConsumer): void {
    this.#consumers.hasRoomAgain(consumer);
    this.#deliver();
  }

  /** The next ready message, which is the caller's to settle. */
  take(): QueuedMessage | undefined {
    this.used();
    this.#dropExpired();
    const message = this.#ready.shift();
    if (!message) return undefined;
    this.#handedOut += 1;
    this.#dropExpired();
    return message;
  }

  /** A message that was handed out is done with. */
  done(): void {
    this.#handedOut -= 1;
  }

  /** A message that was handed out is not wanted: to the dead-letter exchange, where there is one. */
  reject({ stored }: QueuedMessage): void {
    this.#handedOut -= 1;
    if (!this.#gone) this.#bury(stored, "rejected");
  }

  /** Messages that were handed out go back to their places. */
  requeue(messages: Iterable<QueuedMessage>): void {
    if (this.#gone) return;
    for (const message of messages) {
      this.#handedOut -= 1;
      message.redelivered = true;
      this.#ready.putBack(message);
    }
    this.#dropOverflow();
    this.#deliver();
  }

  /** How many ready messages there were. */
  purge(): number {
    this.#dropExpired();
    this.#headExpiry.clear();
    return this.#ready.clear();
  }

  /** It has been deleted. What it held and had handed out is gone, without becoming dead letters. */
  end(): void {
    this.#gone = true;
    this.#disuse.clear();
    this.purge();
    for (const consumer of this.#consumers.removeAll()) consumer.queueGone();
  }

  #handOut(message: QueuedMessage, consumer: Consumer): void {
    if (consumer.acknowledges) {
      this.#handedOut += 1;
      consumer.take(message);
    } else consumer.take(message.stored);
  }

  /** Without room at any consumer. */
  #keep(message: QueuedMessage): void {
    this.#ready.add(message);
    this.#dropOverflow();
    if (this.#ready.first === message) this.#dropExpired();
  }

  #deliver(): void {
    this.#dropExpired();
    while (this.#ready.count > 0) {
      const consumer = this.#consumers.next();
      const message = consumer && this.#ready.shift();
      if (!message) break;
      this.#handOut(message, consumer);
      this.#dropExpired();
    }
  }

  #expiryOf({ properties }: StoredMessage): number {
    const ttlMs = Math.min(properties.expirationMs ?? Infinity, this.#rules.messageTtlMs);
    return ttlMs === Infinity ? Infinity : Date.now() + ttlMs;
  }

  /** Only at the head, as RabbitMQ does ("Time-To-Live and Expiration"). */
  #dropExpired(): void {
    for (let head = this.#ready.first; head; head = this.#ready.first) {
      if (head.expiresAt === Infinity) return;
      if (head.expiresAt > Date.now()) {
        this.#headExpiry.setNoLater(head.expiresAt);
        return;
      }
      this.#ready.shift();
      this.#bury(head.stored, "expired");
    }
  }

  #wouldOverflow({ body }: StoredMessage): boolean {
    return (
      this.messagesReady + 1 > this.#rules.maxLength ||
      this.#ready.bytes + body.length > this.#rules.maxLengthBytes
    );
  }

  #dropOverflow(): void {
    if (this.#rules.rejectsPublish) return;
    const { maxLength, maxLengthBytes } = this.#rules;
    while (this.#ready.count > maxLength || this.#ready.bytes > maxLengthBytes) {
      const oldest = this.#ready.shift();
      if (!oldest) return;
      this.#bury(oldest.stored, "maxlen");
    }
  }

  #bury(message: StoredMessage, reason: DeathReason): void {
    const { deadLetterExchange, deadLetterRoutingKey } = this.#rules;
    if (deadLetterExchange === undefined) return;
    this.#surroundings.deadLetters.add({
      message,
      reason,
      queue: this.name,
      deadLetterExchange,
      deadLetterRoutingKey,
    });
  }
}
