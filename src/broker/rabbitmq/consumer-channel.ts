import type { AmqpConnection } from "./wire/amqp-connection.ts";
import type { Channel } from "./wire/channel.ts";
import { newConsumerTag } from "./wire/consumers.ts";
import type { Delivery } from "./wire/delivery.ts";

/** An acknowledgement that waits for others goes out after this time at the latest. */
const ACKNOWLEDGE_WITHIN_MS = 50;

export interface QueueConsumer {
  readonly delivery: (delivery: Delivery) => void;
  /** The last call: the broker has cancelled the consumer, or its channel is gone. */
  readonly ended: (why: "cancelled" | "channel-closed") => void;
}

/** A consumer that the broker has accepted. */
export interface Consumption {
  /** Resolves when what the queue had sent to this consumer before this call has been handed on. */
  flushed(): Promise<void>;
  /** Resolves when the broker has taken the consumer away. `ended` is not called. */
  cancel(): Promise<void>;
}

/** A consumer's place on its channel. */
interface Place {
  readonly consumer: QueueConsumer;
  /** It has been cancelled, by us or by the broker: what still comes is for nobody. */
  isOver: boolean;
}

/**
 * A channel shared by the consumers of many taps. What is delivered is acknowledged at once, in
 * batches (`multiple`, AMQP 0-9-1 section 1.8.3.13): the acknowledgement says that the gateway has
 * room for more, so `prefetch` bounds what the broker may send ahead.
 */
export class ConsumerChannel {
  readonly #connection: AmqpConnection;
  readonly #channel: Channel;
  readonly #places = new Set<Place>();
  /** The method that the broker was asked last. */
  #last: Promise<unknown> = Promise.resolve();
  readonly #prefetch: number;
  readonly #batch: number;
  #latest?: Delivery | undefined;
  #unacknowledged = 0;
  #timer?: NodeJS.Timeout | undefined;
  #open = true;

  private constructor(connection: AmqpConnection, channel: Channel, prefetch: number) {
    this.#connection = connection;
    this.#channel = channel;
    this.#prefetch = prefetch;
    this.#batch = Math.max(1, Math.floor(prefetch / 5));
    channel.onClosed = () => this.#closed();
  }

  /** `prefetch` holds for each consumer by itself (RabbitMQ, "Consumer Prefetch"). */
  static async open(connection: AmqpConnection, prefetch: number): Promise<ConsumerChannel> {
    const channel = await connection.openChannel();
    await connection.rpc(channel.prefetch(prefetch), "setting the prefetch");
    return new ConsumerChannel(connection, channel, prefetch);
  }

  get open(): boolean {
    return this.#open;
  }

  /** Resolves when the broker has accepted the consumer. Deliveries may come before it does. */
  async consume(queue: string, consumer: QueueConsumer): Promise<Consumption> {
    const place: Place = { consumer, isOver: false };
    this.#places.add(place);
    const consumerTag = newConsumerTag();
    const ours = {
      delivery: (delivery: Delivery) => this.#dispatch(place, delivery),
      cancelled: () => this.#end(place, "cancelled"),
    };
    const consume = () => this.#channel.consume(queue, { exclusive: true, consumerTag }, ours);
    try {
      await this.#inTurn(consume, "consuming");
    } catch (error) {
      this.#remove(place);
      throw error;
    }
    return {
      flushed: () => this.#flushed(),
      cancel: () => this.#cancel(place, consumerTag),
    };
  }

  /**
   * The broker does what a channel is asked, and sends what its queues have for it, in the order in which
   * the two came in. So it is asked for what is so already, and cannot be refused.
   */
  async #flushed(): Promise<void> {
    const prefetch = this.#prefetch;
    const ask = () => this.#channel.prefetch(prefetch);
    await this.#inTurn(ask, "waiting for deliveries");
  }

  async #cancel(place: Place, consumerTag: string): Promise<void> {
    if (!this.#remove(place) || !this.#open) return;
    const cancel = () => this.#channel.cancel(consumerTag);
    await this.#inTurn(cancel, "cancelling a consumer").catch(() => {});
  }

  /**
   * A channel is asked one thing after another. Here too, so that the bound on an answer begins when it is
   * asked for: a thousand taps that close at once are no broker that is silent.
   */
  #inTurn<T>(ask: () => Promise<T>, what: string): Promise<T> {
    const answer = this.#last.then(() => this.#connection.rpc(ask(), what));
    this.#last = answer.catch(() => {});
    return answer;
  }

  #dispatch(place: Place, delivery: Delivery): void {
    if (!place.isOver) place.consumer.delivery(delivery);
    this.#acknowledge(delivery);
  }

  #acknowledge(delivery: Delivery): void {
    this.#latest = delivery;
    this.#unacknowledged++;
    if (this.#unacknowledged >= this.#batch) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), ACKNOWLEDGE_WITHIN_MS);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#unacknowledged = 0;
    const latest = this.#latest;
    this.#latest = undefined;
    if (latest) this.#channel.ack(latest, true);
  }

  #closed(): void {
    this.#open = false;
    clearTimeout(this.#timer);
    for (const place of this.#places) this.#end(place, "channel-closed");
  }

  #end(place: Place, why: "cancelled" | "channel-closed"): void {
    if (this.#remove(place)) place.consumer.ended(why);
  }

  /** False where it had been removed before. */
  #remove(place: Place): boolean {
    place.isOver = true;
    return this.#places.delete(place);
  }
}
