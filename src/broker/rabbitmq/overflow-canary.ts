import type { Logger } from "../../telemetry/logger.ts";
import { fieldTable } from "../field-table.ts";
import { uniqueId } from "../unique-id.ts";
import type { AmqpConnection } from "./wire/amqp-connection.ts";
import { CanaryBurst, type Overflow } from "./canary-burst.ts";
import type { Channel } from "./wire/channel.ts";
import { newConsumerTag } from "./wire/consumers.ts";
import type { Delivery } from "./wire/delivery.ts";

/** Bounds of what waits to be counted; past them the count is not known. */
export const CANARY_MAX_LENGTH = 10_000;
export const CANARY_MAX_BYTES = 64 * 1024 * 1024;
/**
 * A flood is read no faster than so many in each stretch (4,000 messages/s): it comes when the gateway
 * is short of time as it is.
 */
const PREFETCH = 200;
const STRETCH_MS = 50;
/** Kept so long after the last tap, since there is often a next one. */
const LINGER_MS = 1_000;

/**
 * Where the queues of taps send what they drop: one queue for each consuming connection, which lives as
 * long as there are taps. A dropped message arrives there with the name of the queue that dropped it
 * (RabbitMQ, "Dead Letter Exchanges"), is counted, and forgotten.
 */
export class OverflowCanary {
  /** The dead letters' routing key; known before the queue is there. */
  readonly queue: string;
  readonly #connection: AmqpConnection;
  readonly #logger: Logger;
  readonly #burst = new CanaryBurst({ maxLength: CANARY_MAX_LENGTH, maxBytes: CANARY_MAX_BYTES });
  #channel?: Channel | undefined;
  #latest?: Delivery | undefined;
  #isCounting = false;
  #linger?: NodeJS.Timeout | undefined;
  /** Opening and closing, one after the other. */
  #turn: Promise<void> = Promise.resolve();

  constructor(connection: AmqpConnection, instance: string, logger: Logger) {
    this.queue = `gql.${instance}.canary.${uniqueId()}`;
    this.#connection = connection;
    this.#logger = logger;
  }

  /**
   * Calls `tell` once for each burst of what `queue` has dropped, a quarter of a second after it. Until
   * the returned function is called, which returns what has not been told yet.
   */
  watch(queue: string, tell: (overflow: Overflow) => void): () => Overflow | undefined {
    this.#burst.watch(queue, tell);
    clearTimeout(this.#linger);
    this.#settle();
    return () => {
      const untold = this.#burst.unwatch(queue);
      if (this.#burst.isWatched) return untold;
      clearTimeout(this.#linger);
      this.#linger = setTimeout(() => this.#settle(), LINGER_MS).unref();
      return untold;
    };
  }

  /** Resolves when the queue is there, or cannot be had. Never rejects. */
  get settled(): Promise<void> {
    return this.#turn;
  }

  /** There while somebody watches, else not. */
  #settle(): void {
    this.#turn = this.#turn
      .then(() => (this.#burst.isWatched ? this.#open() : this.#close()))
      .catch((error: unknown) => {
        this.#logger.debug({ err: error }, "what the broker drops cannot be counted at the moment");
      });
  }

  async #open(): Promise<void> {
    if (this.#channel) return;
    const channel = await this.#connection.openChannel();
    const bounded = <A>(answer: Promise<A>) => this.#connection.rpc(answer, "opening the canary");
    channel.onClosed = () => this.#lost(channel);
    await bounded(channel.prefetch(PREFETCH));
    await bounded(channel.declareQueue(this.queue, CANARY_OPTIONS));
    const asked = { exclusive: true, consumerTag: newConsumerTag() };
    const consuming = channel.consume(this.queue, asked, {
      delivery: (delivery) => this.#count(delivery),
      cancelled: () => void this.#connection.closeChannel(channel),
    });
    await bounded(consuming);
    this.#channel = channel;
  }

  /** The queue is auto-delete: it goes with its consumer, and that with its channel. */
  async #close(): Promise<void> {
    const channel = this.#channel;
    this.#channel = undefined;
    if (channel) await this.#connection.closeChannel(channel);
  }

  /** Its connection has gone, and with that everything; or somebody deleted the queue: then it is made again. */
  #lost(channel: Channel): void {
    if (this.#channel !== channel) return;
    this.#channel = undefined;
    this.#latest = undefined;
    this.#burst.missed();
    this.#linger = setTimeout(() => this.#settle(), LINGER_MS).unref();
  }

  #count(delivery: Delivery): void {
    this.#latest = delivery;
    this.#burst.count(delivery);
    if (this.#isCounting) return;
    this.#isCounting = true;
    this.#countForAStretch();
  }

  #countForAStretch(): void {
    setTimeout(() => {
      this.#acknowledge();
      if (this.#burst.endStretch()) this.#isCounting = false;
      else this.#countForAStretch();
    }, STRETCH_MS).unref();
  }

  #acknowledge(): void {
    const latest = this.#latest;
    if (!latest || !this.#channel) return;
    this.#latest = undefined;
    this.#channel.ack(latest, true);
  }
}

const CANARY_OPTIONS = {
  exclusive: true,
  autoDelete: true,
  durable: false,
  arguments: fieldTable({
    "x-queue-type": "classic",
    "x-max-length": CANARY_MAX_LENGTH,
    "x-max-length-bytes": CANARY_MAX_BYTES,
    "x-overflow": "drop-head",
  }),
};
