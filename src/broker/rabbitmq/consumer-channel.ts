import type { Channel, ConsumeMessage } from "amqplib";
import type { AmqpConnection } from "./amqp-connection.ts";

/** An acknowledgement that waits for others goes out after this time at the latest. */
const ACKNOWLEDGE_WITHIN_MS = 50;

export interface QueueConsumer {
  delivery(message: ConsumeMessage): void;
  /** The last call: the broker has cancelled the consumer, or its channel is gone. */
  ended(why: "cancelled" | "channel-closed"): void;
}

/**
 * A channel shared by the consumers of many taps. What is delivered is acknowledged at once, in
 * batches (`multiple`, AMQP 0-9-1 section 1.8.3.13): the acknowledgement says that the gateway has
 * room for more, so `prefetch` bounds what the broker may send ahead.
 */
export class ConsumerChannel {
  readonly #connection: AmqpConnection;
  readonly #channel: Channel;
  /** With the tag that the broker knows it by, once it has said so. */
  readonly #consumers = new Map<QueueConsumer, string | undefined>();
  readonly #batch: number;
  #latest?: ConsumeMessage | undefined;
  #unacknowledged = 0;
  #timer?: NodeJS.Timeout | undefined;
  #open = true;

  private constructor(connection: AmqpConnection, channel: Channel, batch: number) {
    this.#connection = connection;
    this.#channel = channel;
    this.#batch = batch;
    channel.on("close", () => this.#closed());
  }

  /** `prefetch` holds for each consumer by itself (RabbitMQ, "Consumer Prefetch"). */
  static async open(connection: AmqpConnection, prefetch: number): Promise<ConsumerChannel> {
    const channel = await connection.openChannel();
    await connection.rpc(channel.prefetch(prefetch, false), "setting the prefetch");
    return new ConsumerChannel(connection, channel, Math.max(1, Math.floor(prefetch / 5)));
  }

  get open(): boolean {
    return this.#open;
  }

  /** Resolves when the broker has accepted the consumer. Deliveries may come before it does. */
  async consume(queue: string, consumer: QueueConsumer): Promise<void> {
    this.#consumers.set(consumer, undefined);
    try {
      const consuming = this.#channel.consume(
        queue,
        (message) => this.#dispatch(consumer, message),
        {
          exclusive: true,
        },
      );
      const { consumerTag } = await this.#connection.rpc(consuming, "consuming");
      if (this.#consumers.has(consumer)) this.#consumers.set(consumer, consumerTag);
    } catch (error) {
      this.#consumers.delete(consumer);
      throw error;
    }
  }

  /** Resolves when the broker has taken the consumer away. `ended` is not called. */
  async cancel(consumer: QueueConsumer): Promise<void> {
    const consumerTag = this.#consumers.get(consumer);
    this.#consumers.delete(consumer);
    if (consumerTag === undefined || !this.#open) return;
    await this.#connection
      .rpc(this.#channel.cancel(consumerTag), "cancelling a consumer")
      .catch(() => {});
  }

  #dispatch(consumer: QueueConsumer, message: ConsumeMessage | null): void {
    if (message === null) {
      this.#end(consumer, "cancelled");
      return;
    }
    if (this.#consumers.has(consumer)) consumer.delivery(message);
    this.#acknowledge(message);
  }

  #acknowledge(message: ConsumeMessage): void {
    this.#latest = message;
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
    if (!latest || !this.#open) return;
    try {
      this.#channel.ack(latest, true);
    } catch {
      // The connection is closing, and with it goes the queue: nobody waits for this any more.
    }
  }

  #closed(): void {
    this.#open = false;
    clearTimeout(this.#timer);
    for (const consumer of this.#consumers.keys()) this.#end(consumer, "channel-closed");
  }

  #end(consumer: QueueConsumer, why: "cancelled" | "channel-closed"): void {
    if (this.#consumers.delete(consumer)) consumer.ended(why);
  }
}
