import type { Channel, GetMessage } from "amqplib";
import { CodedError } from "../../errors.ts";
import { notSupported, queueLocked, queueNotFound } from "../broker-errors.ts";
import type { IncomingMessage } from "../message.ts";
import type { QueueDelivery, QueueReader, Settlement } from "../queue-delivery.ts";
import type { AmqpConnection } from "./amqp-connection.ts";
import { DeliveredMessage } from "./delivered-message.ts";
import { refusal, replyCode } from "./reply-codes.ts";

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
  readonly #unsettled = new Set<GetMessage>();
  #remaining = 0;
  /** Why the broker has closed the channel, or the connection with it. */
  #failure: unknown;
  #open = true;
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
    channel.on("error", (error) => (this.#failure ??= error));
    // With the connection's end, too. Nothing waits for that: it is lent to many, one after the other.
    channel.on("close", () => (this.#open = false));
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
    const message = await this.#get();
    if (message === false) {
      this.#remaining = 0;
      return undefined;
    }
    this.#remaining = message.fields.messageCount;
    this.#unsettled.add(message);
    const delivered = new DeliveredMessage(
      { ...message, fields: { ...message.fields, consumerTag: "" } },
      Date.now(),
    );
    this.#hooks.onRead?.(delivered);
    return {
      message: delivered,
      settle: (how) => this.#settle(message, how),
    };
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #get(): Promise<GetMessage | false> {
    try {
      return await this.#connection.rpc(
        this.#channel.get(this.#queue, { noAck: false }),
        "reading a queue",
      );
    } catch (error) {
      await this.#whyLost();
      throw refused(this.#queue, this.#failure ?? error);
    }
  }

  /** A channel of a connection that is ending ends before the connection says why. */
  async #whyLost(): Promise<void> {
    this.#failure ??= await Promise.race([this.#connection.ended, nextTurn()]);
  }

  #settle(message: GetMessage, how: Settlement): boolean {
    if (!this.#unsettled.delete(message) || !this.#open) return false;
    try {
      if (how === "ack") this.#channel.ack(message);
      else this.#channel.nack(message, false, how === "requeue");
      return true;
    } catch {
      // The channel is closing, and with it goes back what was not settled.
      return false;
    }
  }

  async #close(): Promise<void> {
    // One by one and in order: a queue that closes may hand back in another.
    for (const message of this.#unsettled) this.#settle(message, "requeue");
    if (this.#open)
      await this.#connection.rpc(this.#channel.close(), "closing a channel").catch(() => {});
    this.#hooks.onClosed();
  }
}

function nextTurn(): Promise<undefined> {
  return new Promise((resolve) => setImmediate(() => resolve(undefined)));
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
