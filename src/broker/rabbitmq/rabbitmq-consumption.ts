import { CodedError, toError, type ErrorCode } from "../../errors.ts";
import { brokerClosed, noConnection } from "../broker-errors.ts";
import type { QueueConsumption, QueueListener } from "../queue-delivery.ts";
import type { AmqpConnection } from "./wire/amqp-connection.ts";
import type { RabbitMqOptions } from "./options.ts";
import { refusedConsumer } from "./refused-consumer.ts";
import { Restoration } from "./restoration.ts";
import { WorkChannel } from "./work-channel.ts";

/** Codes after which trying again would say the same. */
const FINAL: ReadonlySet<ErrorCode> = new Set([
  "NOT_FOUND",
  "FORBIDDEN",
  "RESOURCE_LOCKED",
  "PRECONDITION_FAILED",
]);

/** A consumer of a queue over the lives of many channels. */
export class RabbitMqConsumption implements QueueConsumption {
  readonly #queue: string;
  readonly #prefetch: number;
  readonly #listener: QueueListener;
  readonly #options: RabbitMqOptions;
  readonly #connection: () => AmqpConnection | undefined;
  readonly #onClosed: () => void;
  readonly #closing = new AbortController();
  #channel?: WorkChannel | undefined;
  #attaching?: Promise<void>;
  /** It has been there: whoever asked for it hears of what happens to it. */
  #hasOpened = false;
  readonly #restoration: Restoration;
  #closed?: Promise<void>;

  constructor(
    queue: string,
    { prefetch }: { prefetch: number },
    listener: QueueListener,
    options: RabbitMqOptions,
    hooks: { connection: () => AmqpConnection | undefined; onClosed: () => void },
  ) {
    this.#queue = queue;
    this.#prefetch = prefetch;
    this.#listener = listener;
    this.#options = options;
    this.#connection = hooks.connection;
    this.#onClosed = hooks.onClosed;
    this.#restoration = new Restoration(
      {
        isNeeded: () => this.#hasOpened && !this.#channel && !this.#isClosing,
        hasConnection: () => this.#connection() !== undefined,
        restore: () => this.#attach(),
        isToBeTriedAgain: (error) => this.#isToBeTriedAgain(error),
      },
      { minMs: options.reconnectMinMs, signal: this.#closing.signal },
    );
  }

  /** The first channel. Rejects, with nothing left behind, where it cannot be had. */
  async open(): Promise<void> {
    await this.#attach();
    this.#hasOpened = true;
  }

  /** Consumes again, where it does not. Called whenever there is a new connection. */
  restore(): void {
    this.#restoration.start();
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  /** Closes it, and tells whoever listens that this was all. */
  async end(why: CodedError): Promise<void> {
    if (this.#isClosing) return;
    const closed = this.close();
    if (this.#hasOpened) this.#listener.ended(why);
    await closed;
  }

  get #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    await this.#attaching?.catch(() => {});
    await this.#channel?.close();
    this.#onClosed();
  }

  #attach(): Promise<void> {
    return (this.#attaching = this.#attachOnce());
  }

  async #attachOnce(): Promise<void> {
    const connection = this.#connection();
    if (!connection) throw noConnection();
    const channel = await this.#openChannel(connection);
    if (this.#isClosing) {
      await channel.close();
      throw brokerClosed();
    }
    if (channel.isOver) throw noConnection();
    this.#channel = channel;
  }

  async #openChannel(connection: AmqpConnection): Promise<WorkChannel> {
    const consumer = { queue: this.#queue, prefetch: this.#prefetch };
    try {
      return await WorkChannel.open(connection, consumer, {
        delivery: (delivery) => {
          if (!this.#isClosing) this.#listener.delivery(delivery);
        },
        ended: (reason) => this.#lost(reason),
      });
    } catch (error) {
      throw refusedConsumer(error, this.#queue);
    }
  }

  /** What it held is back in its queue, where there still is one: consuming again will show. */
  #lost(reason: Error | undefined): void {
    this.#channel = undefined;
    if (!this.#hasOpened || this.#isClosing) return;
    this.#debug(reason, "a consumer of a queue was lost");
    this.#listener.interrupted(noConnection());
    this.restore();
  }

  async #isToBeTriedAgain(error: unknown): Promise<boolean> {
    if (error instanceof CodedError && FINAL.has(error.code)) {
      await this.end(error);
      return false;
    }
    this.#debug(toError(error), "a queue cannot be consumed again yet");
    return true;
  }

  #debug(err: Error | undefined, what: string): void {
    this.#options.logger.debug({ err, queue: this.#queue }, what);
  }
}
