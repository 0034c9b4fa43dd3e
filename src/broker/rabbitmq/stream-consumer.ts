import type { Channel, ConsumeMessage } from "amqplib";
import type { AmqpConnection } from "./amqp-connection.ts";
import type { StreamOffset } from "./stream-offset.ts";

/** Messages that the broker sends ahead; RabbitMQ refuses consumers of streams without a prefetch. */
export const STREAM_PREFETCH = 100;

/** Acknowledgements go out so many at a time: the broker sends on while they are on their way. */
const ACKNOWLEDGED_TOGETHER = STREAM_PREFETCH / 2;

/** Of the one consumer of a channel; every delivery carries it. */
const CONSUMER_TAG = "r";

/** A message from a stream, and the consumer that it came by. */
export interface StreamDelivery {
  readonly consumer: StreamConsumer;
  readonly offset: number;
  readonly raw: ConsumeMessage;
}

export interface StreamListener {
  readonly delivery: (delivery: StreamDelivery) => void;
  /** The last call: the broker has cancelled the consumer, or its channel is gone. */
  readonly ended: () => void;
}

/**
 * One consumer of a stream on a channel of its own, until it ends. What is not acknowledged (by hand:
 * RabbitMQ closes the connection of one that would not) holds it up once it is about
 * {@link STREAM_PREFETCH} messages. What is delivered waits until `flow` says for whom.
 */
export class StreamConsumer {
  readonly #connection: AmqpConnection;
  readonly #channel: Channel;
  readonly #held: StreamDelivery[] = [];
  #onFirst: () => void = () => {};
  #listener: StreamListener | undefined;
  #isOver = false;
  /** Delivered, and not acknowledged. */
  #unacknowledged = 0;
  /** Of those, the ones that are done with. */
  #done = 0;
  #latestDone: StreamDelivery | undefined;
  /** The last delivery tag that has been acknowledged: to do so twice would close the channel. */
  #acknowledgedTo = 0;

  private constructor(connection: AmqpConnection, channel: Channel) {
    this.#connection = connection;
    this.#channel = channel;
    channel.on("close", () => this.#end());
  }

  /** Resolves when the broker has accepted the consumer. */
  static async open(
    connection: AmqpConnection,
    stream: string,
    offset: StreamOffset,
  ): Promise<StreamConsumer> {
    const channel = await connection.openChannel();
    const consumer = new StreamConsumer(connection, channel);
    try {
      await connection.rpc(channel.prefetch(STREAM_PREFETCH, false), "setting the prefetch");
      const dispatch = (message: ConsumeMessage | null) => consumer.#dispatch(message);
      const options = {
        noAck: false,
        consumerTag: CONSUMER_TAG,
        arguments: { "x-stream-offset": offset },
      };
      await connection.rpc(channel.consume(stream, dispatch, options), "consuming a stream");
      return consumer;
    } catch (error) {
      await consumer.close();
      throw error;
    }
  }

  /**
   * Resolves with whether everything that the stream had when this was asked has been delivered: the
   * broker sends what there is, as far as the prefetch lets it, before it answers the channel's next method.
   */
  async isDrained(): Promise<boolean> {
    await this.#connection.rpc(this.#channel.prefetch(STREAM_PREFETCH, false), "asking a channel");
    return this.#unacknowledged < STREAM_PREFETCH;
  }

  /** The first of what waits, where there is one within `milliseconds`. */
  async first(milliseconds: number): Promise<StreamDelivery | undefined> {
    if (this.#held.length === 0 && !this.#isOver) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#onFirst = resolve;
        timer = setTimeout(resolve, milliseconds);
      });
      clearTimeout(timer);
    }
    return this.#held[0];
  }

  /** Has done with the first `count` of what waits; the last of them. */
  passOver(count = this.#held.length): StreamDelivery | undefined {
    const passed = this.#held.splice(0, count);
    for (const delivery of passed) this.done(delivery);
    this.flush();
    return passed.at(-1);
  }

  /** What waits goes to `listener`, and what comes from now on. */
  flow(listener: StreamListener): void {
    this.#listener = listener;
    for (const delivery of this.#held.splice(0)) listener.delivery(delivery);
    if (this.#isOver) listener.ended();
  }

  /** Done with this one, and with all before it. */
  done(delivery: StreamDelivery): void {
    if (delivery.raw.fields.deliveryTag <= this.#acknowledgedTo) return;
    this.#latestDone = delivery;
    if (++this.#done >= ACKNOWLEDGED_TOGETHER) this.flush();
  }

  /** Acknowledges what is done with. */
  flush(): void {
    const latest = this.#latestDone;
    if (!latest || this.#isOver) return;
    this.#unacknowledged -= this.#done;
    this.#done = 0;
    this.#latestDone = undefined;
    this.#acknowledgedTo = latest.raw.fields.deliveryTag;
    try {
      this.#channel.ack(latest.raw, true);
    } catch {
      // The connection is closing; a stream keeps its messages whether they are acknowledged or not.
    }
  }

  /** The listener is not called any more. Never rejects. */
  async close(): Promise<void> {
    this.#listener = { delivery: () => {}, ended: () => {} };
    if (this.#isOver) return;
    this.#isOver = true;
    await this.#cancel();
    await this.#closeChannel();
  }

  #dispatch(raw: ConsumeMessage | null): void {
    if (raw === null) {
      this.#end();
      void this.#closeChannel();
      return;
    }
    this.#unacknowledged++;
    const offset = Number(raw.properties.headers?.["x-stream-offset"]);
    const delivery = { consumer: this, offset, raw };
    if (this.#listener) {
      this.#listener.delivery(delivery);
      return;
    }
    this.#held.push(delivery);
    this.#onFirst();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onFirst();
    this.#listener?.ended();
  }

  /** RabbitMQ lists a stream's consumer for minutes where its channel is closed over it. */
  async #cancel(): Promise<void> {
    try {
      await this.#connection.rpc(this.#channel.cancel(CONSUMER_TAG), "cancelling a consumer");
    } catch {
      // As below.
    }
  }

  async #closeChannel(): Promise<void> {
    try {
      await this.#connection.rpc(this.#channel.close(), "closing a channel");
    } catch {
      // It is closed, or the connection is on its way down with it.
    }
  }
}
