import { CodedError } from "../../errors.ts";
import { notSupported, queueLocked, queueNotFound } from "../broker-errors.ts";
import type { IncomingMessage } from "../message.ts";
import type { QueueDelivery, QueueReader, Settlement } from "../queue-delivery.ts";
import type { AmqpConnection } from "./wire/amqp-connection.ts";
import { DeliveredMessage } from "./delivered-message.ts";
import { refusal, replyCode } from "./reply-codes.ts";
import type { Channel } from "./wire/channel.ts";
import type { Delivery } from "./wire/delivery.ts";
import { ConnectionLost } from "./wire/wire-errors.ts";

interface ReaderHooks {
  /** Called once, when the reader has no more use for the connection. */
  readonly onClosed: () => void;
  /** What it throws, `next` rejects with; the message goes back to the queue when the reader is closed. */
  readonly onRead?: ((message: IncomingMessage) => void) | undefined;
}

/** Reads a queue with basic.get and acknowledgements by hand, on a connection that is its alone. */
export class RabbitMqReader implements QueueReader {
  readonly #queue: string;
  readonly #connection: AmqpConnection;
  readonly #channel: Channel;
  readonly #hooks: ReaderHooks;
  readonly #unsettled = new Set<Delivery>();
  #remaining = 0;
  /** Why the broker has closed the channel, or the connection with it. */
  #failure: unknown;
  #closing?: Promise<void>;

  private constructor(
    queue: string,
    connection: AmqpConnection,
    channel: Channel,
    hooks: ReaderHooks,
  ) {
    this.#queue = queue;
    this.#connection = connection;
    this.#channel = channel;
    this.#hooks = hooks;
    // With the connection's end, too. Nothing waits for that: it is lent to many, one after the other.
    channel.onClosed = (failure) => {
      this.#failure ??= failure;
    };
  }

  static async open(
    queue: string,
    connection: AmqpConnection,
    hooks: ReaderHooks,
  ): Promise<RabbitMqReader> {
    try {
      return new RabbitMqReader(queue, connection, await connection.openChannel(), hooks);
    } catch (error) {
      hooks.onClosed();
      throw refusal(error, "No channel could be opened");
    }
  }

  get remaining(): number {
    return this.#remaining;
  }

  async next(): Promise<QueueDelivery | undefined> {
    const got = await this.#get();
    this.#remaining = got?.messageCount ?? 0;
    if (!got) return undefined;
    const { delivery } = got;
    this.#unsettled.add(delivery);
    const delivered = new DeliveredMessage(delivery, Date.now());
    this.#hooks.onRead?.(delivered);
    return {
      message: delivered,
      settle: (how) => this.#settle(delivery, how),
    };
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #get(): ReturnType<Channel["get"]> {
    try {
      return await this.#connection.rpc(this.#channel.get(this.#queue), "reading a queue");
    } catch (error) {
      this.#failure ??= error instanceof ConnectionLost ? error.cause : error;
      throw refused(this.#queue, this.#failure);
    }
  }

  #settle(delivery: Delivery, how: Settlement): boolean {
    if (!this.#unsettled.delete(delivery)) return false;
    if (how === "ack") return this.#channel.ack(delivery);
    return this.#channel.nack(delivery, { requeue: how === "requeue" });
  }

  async #close(): Promise<void> {
    // One by one and in order: a queue that closes may hand back in another.
    for (const delivery of this.#unsettled) this.#settle(delivery, "requeue");
    await this.#connection.closeChannel(this.#channel);
    this.#hooks.onClosed();
  }
}

function refused(queue: string, error: unknown): CodedError {
  switch (replyCode(error)) {
    case 404:
      return queueNotFound(queue);
    case 405:
      return queueLocked(queue);
    case 540:
      return notSupported(
        `Taking messages from the stream ${JSON.stringify(queue)}`,
        "it is read with `replay`",
      );
    default:
      return refusal(error, `The broker refused to let queue ${JSON.stringify(queue)} be read`);
  }
}
