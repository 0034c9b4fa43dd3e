import { setTimeout as wait } from "node:timers/promises";
import { CodedError, toError, type ErrorCode } from "../../errors.ts";
import { brokerClosed, noConnection } from "../broker-errors.ts";
import type { QueueConsumption, QueueListener } from "../queue-delivery.ts";
import type { AmqpConnection } from "./wire/amqp-connection.ts";
import { backoff } from "./backoff.ts";
import type { RabbitMqOptions } from "./options.ts";
import { refusedConsumer } from "./refused-consumer.ts";
import { WorkChannel } from "./work-channel.ts";

/** The longest wait between two tries to consume again on a connection that is there. */
const RETRY_MAX_MS = 2_000;

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
  #isRestoring = false;
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
  }

  /** The first channel. Rejects, with nothing left behind, where it cannot be had. */
  async open(): Promise<void> {
    await this.#attach();
    this.#hasOpened = true;
  }

  /** Consumes again, where it does not. Called whenever there is a new connection. */
  restore(): void {
    if (!this.#hasOpened || this.#channel || this.#isRestoring || this.#isClosing) return;
    this.#isRestoring = true;
    void this.#restoreUntilConsuming();
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

  async #restoreUntilConsuming(): Promise<void> {
    for (let attempt = 0; !this.#channel && !this.#isClosing; attempt++) {
      const hadConnection = this.#connection() !== undefined;
      try {
        await this.#attach();
      } catch (error) {
        if (error instanceof CodedError && FINAL.has(error.code)) {
          await this.end(error);
          break;
        }
        this.#debug(toError(error), "a queue cannot be consumed again yet");
        // Without a connection there is nothing to wait for here: the next one calls `restore`.
        if (!hadConnection && !this.#connection()) break;
        const delay = backoff(attempt, this.#options.reconnectMinMs, RETRY_MAX_MS);
        await wait(delay, undefined, { signal: this.#closing.signal }).catch(() => {});
      }
    }
    this.#isRestoring = false;
  }

  #debug(err: Error | undefined, what: string): void {
    this.#options.logger.debug({ err, queue: this.#queue }, what);
  }
}
