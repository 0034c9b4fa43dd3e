import { fieldTable } from "../field-table.ts";
import type { QueueDelivery, Settlement } from "../queue-delivery.ts";
import type { AmqpConnection } from "./wire/amqp-connection.ts";
import { BatchedAcks } from "./batched-acks.ts";
import { DeliveredMessage } from "./delivered-message.ts";
import type { Channel } from "./wire/channel.ts";
import { newConsumerTag } from "./wire/consumers.ts";
import type { Delivery } from "./wire/delivery.ts";

/** What other queues take each consumer to have (RabbitMQ, "Consumer Priorities"), and a stream takes of none. */
const REFUSED_BY_STREAMS = fieldTable({ "x-priority": 0 });

export interface WorkChannelListener {
  readonly delivery: (delivery: QueueDelivery) => void;
  /**
   * The last call: the broker has cancelled the consumer (its queue is gone, or it has held a message for
   * too long) or the channel is gone; with the broker's reason where it gave one.
   */
  readonly ended: (reason: Error | undefined) => void;
}

/**
 * A channel with one consumer of a queue. What a consumer can do wrong ends its channel (a delivery
 * acknowledged twice, one held for longer than the broker's `consumer_timeout`), so none shares one.
 */
export class WorkChannel {
  readonly #connection: AmqpConnection;
  readonly #channel: Channel;
  readonly #listener: WorkChannelListener;
  readonly #acks: BatchedAcks;
  #open = true;
  #closing?: Promise<void>;

  private constructor(connection: AmqpConnection, channel: Channel, listener: WorkChannelListener) {
    this.#connection = connection;
    this.#channel = channel;
    this.#listener = listener;
    this.#acks = new BatchedAcks(channel);
    channel.onClosed = (reason) => this.#ended(reason);
  }

  /** Resolves when the broker has accepted the consumer; rejects, with nothing left behind, where it does not. */
  static async open(
    connection: AmqpConnection,
    { queue, prefetch }: { queue: string; prefetch: number },
    listener: WorkChannelListener,
  ): Promise<WorkChannel> {
    const work = new WorkChannel(connection, await connection.openChannel(), listener);
    try {
      await work.#consume(queue, prefetch);
    } catch (error) {
      await work.close();
      throw error;
    }
    return work;
  }

  /** It has ended, or is closing. */
  get isOver(): boolean {
    return !this.#open;
  }

  /** Gives back what is not settled, and with it the consumer. The listener hears no more. Never rejects. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #consume(queue: string, prefetch: number): Promise<void> {
    const channel = this.#channel;
    // For each consumer by itself (RabbitMQ, "Consumer Prefetch"); for a channel, 4.3 no longer takes it.
    await this.#connection.rpc(channel.prefetch(prefetch), "setting the prefetch");
    const asked = { consumerTag: newConsumerTag(), arguments: REFUSED_BY_STREAMS };
    const consuming = channel.consume(queue, asked, {
      delivery: (delivery) => {
        this.#acks.delivered(delivery);
        if (this.#open) this.#listener.delivery(new WorkDelivery(delivery, this.#settle));
      },
      cancelled: () => void this.#cancelled(),
    });
    await this.#connection.rpc(consuming, "consuming");
  }

  /** What it holds is either gone with its queue, or with others already: the channel has no use any more. */
  async #cancelled(): Promise<void> {
    this.#ended(undefined);
    await this.close();
  }

  /** A delivery's tag means something on its own channel alone (AMQP 0-9-1 section 2.3.5). */
  readonly #settle = (delivery: Delivery, how: Settlement): boolean => {
    if (!this.#open) return false;
    if (how === "ack") {
      this.#acks.ack(delivery);
      return true;
    }
    this.#acks.settled(delivery);
    return this.#channel.nack(delivery, { requeue: how === "requeue" });
  };

  #ended(reason: Error | undefined): void {
    if (!this.#open) return;
    this.#open = false;
    this.#listener.ended(reason);
  }

  async #close(): Promise<void> {
    this.#open = false;
    this.#acks.flush();
    await this.#connection.closeChannel(this.#channel);
  }
}

class WorkDelivery implements QueueDelivery {
  readonly message: DeliveredMessage;
  readonly #raw: Delivery;
  #settle: ((delivery: Delivery, how: Settlement) => boolean) | undefined;

  constructor(raw: Delivery, settle: (delivery: Delivery, how: Settlement) => boolean) {
    this.message = new DeliveredMessage(raw, Date.now());
    this.#raw = raw;
    this.#settle = settle;
  }

  settle(how: Settlement): boolean {
    const settle = this.#settle;
    this.#settle = undefined;
    return settle?.(this.#raw, how) ?? false;
  }
}
