import { fieldTable } from "../field-table.ts";
import type { AmqpConnection } from "./wire/amqp-connection.ts";
import type { StreamOffset } from "./stream-offset.ts";
import type { Channel } from "./wire/channel.ts";
import { newConsumerTag } from "./wire/consumers.ts";
import type { Delivery } from "./wire/delivery.ts";

/** The most messages that the broker sends ahead; RabbitMQ refuses consumers of streams without a prefetch. */
export const STREAM_PREFETCH = 100;

/**
 * Of those, the bodies that are held, in bytes and beside the largest of them. RabbitMQ has no prefetch by size
 * ("Consumer Prefetch"): a consumer that is sent more is ended, and the next has a smaller prefetch.
 */
const HELD_BYTES = 1_048_576;
/**
 * As many are held whatever their size, and whatever the prefetch: RabbitMQ sends all that it has stored in one chunk, and
 * where the first is the one to go on after, a second is what reading goes on with.
 */
const HELD_AT_LEAST = 2;

/** A message from a stream, and the consumer that it came by. */
export interface StreamDelivery {
  readonly consumer: StreamConsumer;
  readonly offset: number;
  readonly raw: Delivery;
}

export interface StreamListener {
  readonly delivery: (delivery: StreamDelivery) => void;
  /**
   * The last call: the broker has cancelled the consumer, its channel is gone, or messages are so large that it was
   * ended for what it held; `fitting` of them are not too many, for the next.
   */
  readonly ended: (fitting?: number) => void;
}

export interface StreamConsumerOptions {
  readonly offset: StreamOffset;
  /** Messages that the broker sends ahead. */
  readonly prefetch?: number;
  /** What waits is to be passed over but for the newest: no other is kept. */
  readonly keepsNewest?: boolean;
}

/**
 * One consumer of a stream on a channel of its own, until it ends. What is not acknowledged (by hand:
 * RabbitMQ closes the connection of one that would not) holds it up once it is about
 * its prefetch. What is delivered waits until `flow` says for whom.
 */
export class StreamConsumer {
  readonly #connection: AmqpConnection;
  readonly #channel: Channel;
  readonly #prefetch: number;
  /** Acknowledgements go out so many at a time: the broker sends on while they are on their way. */
  readonly #acknowledgedTogether: number;
  #keepsNewest: boolean;
  readonly #held: StreamDelivery[] = [];
  #onFirst: () => void = () => {};
  #listener: StreamListener | undefined;
  #isOver = false;
  readonly #tag = newConsumerTag();
  /** It was ended for what it holds; so many of its messages would not have been too many. */
  #fitting: number | undefined;
  /** Bodies of what is not done with. */
  #bytes = 0;
  #largestBytes = 0;
  /** Delivered, and not acknowledged. */
  #unacknowledged = 0;
  /** Of those, the ones that are done with. */
  #done = 0;
  #latestDone: StreamDelivery | undefined;
  /** The last delivery tag that has been acknowledged: to do so twice would close the channel. */
  #acknowledgedTo = 0;

  private constructor(
    connection: AmqpConnection,
    channel: Channel,
    { prefetch = STREAM_PREFETCH, keepsNewest = false }: StreamConsumerOptions,
  ) {
    this.#connection = connection;
    this.#channel = channel;
    this.#prefetch = prefetch;
    this.#acknowledgedTogether = Math.max(1, Math.floor(prefetch / 2));
    this.#keepsNewest = keepsNewest;
    channel.onClosed = () => this.#end();
  }

  /** Resolves when the broker has accepted the consumer. */
  static async open(
    connection: AmqpConnection,
    stream: string,
    options: StreamConsumerOptions,
  ): Promise<StreamConsumer> {
    const channel = await connection.openChannel();
    const consumer = new StreamConsumer(connection, channel, options);
    try {
      await connection.rpc(channel.prefetch(consumer.#prefetch), "setting the prefetch");
      const offset = fieldTable({ "x-stream-offset": options.offset });
      const asked = { consumerTag: consumer.#tag, arguments: offset };
      const consuming = channel.consume(stream, asked, {
        delivery: (delivery) => consumer.#dispatch(delivery),
        cancelled: () => consumer.#cancelled(),
      });
      await connection.rpc(consuming, "consuming a stream");
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
    if (this.#fitting !== undefined) return false;
    await this.#connection.rpc(this.#channel.prefetch(this.#prefetch), "asking a channel");
    return this.#unacknowledged < this.#prefetch;
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

  /** From now on, where it has kept the newest alone. */
  keepAll(): void {
    this.#keepsNewest = false;
  }

  /** What waits goes to `listener`, and what comes from now on. */
  flow(listener: StreamListener): void {
    this.#listener = listener;
    for (const delivery of this.#held.splice(0)) listener.delivery(delivery);
    if (this.#isOver) listener.ended(this.#fitting);
  }

  /** Done with this one, and with all before it. */
  done(delivery: StreamDelivery): void {
    if (delivery.raw.tag <= this.#acknowledgedTo) return;
    this.#latestDone = delivery;
    this.#bytes -= delivery.raw.body.length;
    if (++this.#done >= this.#acknowledgedTogether) this.flush();
  }

  /** Acknowledges what is done with. */
  flush(): void {
    const latest = this.#latestDone;
    if (!latest || this.#isOver) return;
    this.#unacknowledged -= this.#done;
    this.#done = 0;
    this.#latestDone = undefined;
    this.#acknowledgedTo = latest.raw.tag;
    this.#channel.ack(latest.raw, true);
  }

  /** The listener is not called any more. Never rejects. */
  async close(): Promise<void> {
    this.#listener = { delivery: () => {}, ended: () => {} };
    if (this.#isOver) return;
    this.#isOver = true;
    await this.#cancel();
    await this.#connection.closeChannel(this.#channel);
  }

  #cancelled(): void {
    this.#end();
    void this.#connection.closeChannel(this.#channel);
  }

  #dispatch(raw: Delivery): void {
    // What comes before the broker knows that it has ended is not kept: the next is sent it again.
    if (this.#isOver) return;
    this.#unacknowledged++;
    const offset = Number(raw.headers["x-stream-offset"]);
    const delivery = { consumer: this, offset, raw };
    if (this.#isTooMuch(raw)) {
      // The rest of a prefetch is on its way: nothing but the end of the consumer keeps it from being held.
      this.#fitting = this.#unacknowledged - this.#done - 1;
      this.#end();
      void this.#cancel().then(() => this.#connection.closeChannel(this.#channel));
      return;
    }
    if (this.#listener) {
      this.#listener.delivery(delivery);
      return;
    }
    if (this.#keepsNewest) this.#forgetHeld();
    this.#held.push(delivery);
    this.#onFirst();
  }

  /** Counts it; whether it is more than may be held. */
  #isTooMuch({ body: { length } }: Delivery): boolean {
    this.#bytes += length;
    this.#largestBytes = Math.max(this.#largestBytes, length);
    if (this.#keepsNewest || this.#unacknowledged - this.#done <= HELD_AT_LEAST) return false;
    return this.#bytes - this.#largestBytes > HELD_BYTES;
  }

  /** Acknowledged with the one that is passed over: before, the broker would send on, and `isDrained` be wrong. */
  #forgetHeld(): void {
    for (const { raw } of this.#held.splice(0)) {
      this.#bytes -= raw.body.length;
      this.#done++;
    }
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onFirst();
    this.#listener?.ended(this.#fitting);
  }

  /** RabbitMQ lists a stream's consumer for minutes where its channel is closed over it. */
  async #cancel(): Promise<void> {
    try {
      await this.#connection.rpc(this.#channel.cancel(this.#tag), "cancelling a consumer");
    } catch {
      // It is closed, or the connection is on its way down with it.
    }
  }
}
