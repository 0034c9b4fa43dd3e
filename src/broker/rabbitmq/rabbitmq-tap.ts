import { setTimeout as wait } from "node:timers/promises";
import type { ConsumeMessage } from "amqplib";
import type { Tap, TapGap, TapListener } from "../adapter.ts";
import { CodedError } from "../../errors.ts";
import { brokerClosed, noConnection } from "../broker-errors.ts";
import type { TapSpec } from "../topology.ts";
import { backoff } from "./backoff.ts";
import type { QueueConsumer } from "./consumer-channel.ts";
import type { Consuming } from "./consuming.ts";
import { DeliveredMessage } from "./delivered-message.ts";
import type { RabbitMqOptions } from "./options.ts";
import { openTapQueue, type OpenTapQueue } from "./tap-queue.ts";

/** The longest wait between two tries to restore a tap on a connection that is there. */
const RETRY_MAX_MS = 5_000;

/** A tap over the lives of many queues: each interruption gets it a new one, and its listener a gap. */
export class RabbitMqTap implements Tap {
  readonly #spec: TapSpec;
  readonly #listener: TapListener;
  readonly #options: RabbitMqOptions;
  readonly #consuming: () => Consuming | undefined;
  readonly #onClosed: () => void;
  readonly #closing = new AbortController();
  #queue?: TapQueue | undefined;
  #interruption?: Pick<TapGap, "cause" | "from"> | undefined;
  /** Until when nothing can have been missed, as far as is known: the last sign of life, in ms since 1970. */
  #completeMs = Date.now();
  #wentLive = false;
  /** Live, not interrupted, not closing: a delivery has only to be handed on. */
  #flowing = false;
  #opening?: Promise<void>;
  #restoring = false;
  #restored?: Promise<void>;
  #closed?: Promise<void>;

  constructor(
    spec: TapSpec,
    listener: TapListener,
    options: RabbitMqOptions,
    hooks: { consuming: () => Consuming | undefined; onClosed: () => void },
  ) {
    this.#spec = spec;
    this.#listener = listener;
    this.#options = options;
    this.#consuming = hooks.consuming;
    this.#onClosed = hooks.onClosed;
  }

  /** The first queue. Rejects, with nothing left behind, where it cannot be had. */
  open(): Promise<void> {
    return (this.#opening ??= this.#attach());
  }

  /** Tries again to be live, where it is not. Called whenever there is a new connection. */
  restore(): void {
    if (!this.#interruption || this.#restoring || this.#closing.signal.aborted) return;
    this.#restoring = true;
    this.#restored = this.#restoreUntilLive();
  }

  async confirm(): Promise<void> {
    if (this.#closing.signal.aborted) throw brokerClosed();
    if (!this.#queue) throw noConnection();
    await this.#queue.confirm();
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  /** The adapter is closing: the listener is told that this was all. */
  async end(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const tell = this.#wentLive;
    await this.close();
    if (tell) this.#listener.ended(brokerClosed());
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    this.#flowing = false;
    await this.#opening?.catch(() => {});
    await this.#restored;
    await this.#queue?.close();
    this.#onClosed();
  }

  async #attach(): Promise<void> {
    const consuming = this.#consuming();
    if (!consuming) throw noConnection();
    const queue = new TapQueue({
      delivery: this.#delivery,
      ended: (why) => this.#interrupted(why === "cancelled" ? "queue-deleted" : "reconnected"),
    });
    this.#queue = queue;
    try {
      await queue.open(consuming, this.#spec, this.#options);
    } catch (error) {
      this.#queue = undefined;
      throw error;
    }
    if (this.#closing.signal.aborted) throw brokerClosed();
    if (queue.ended) throw noConnection();
    this.#live();
  }

  readonly #delivery = (message: ConsumeMessage): void => {
    if (!this.#flowing) this.#live();
    if (!this.#flowing) return;
    this.#completeMs = Date.now();
    this.#listener.delivery(new DeliveredMessage(message, this.#completeMs));
  };

  /** On the first delivery or on the broker's word, whichever is read first. */
  #live(): void {
    if (this.#closing.signal.aborted) return;
    this.#flowing = true;
    const until = new Date();
    if (!this.#wentLive) {
      this.#wentLive = true;
      this.#completeMs = until.getTime();
      this.#listener.live(until);
    }
    if (!this.#interruption) return;
    const gap = { ...this.#interruption, until };
    this.#interruption = undefined;
    this.#completeMs = until.getTime();
    this.#listener.gap(gap);
  }

  #interrupted(cause: TapGap["cause"]): void {
    if (this.#closing.signal.aborted || !this.#wentLive) return;
    this.#flowing = false;
    if (!this.#interruption) {
      this.#interruption = { cause, from: new Date(this.#completeMs) };
      this.#listener.interrupted(noConnection());
    }
    this.restore();
  }

  async #restoreUntilLive(): Promise<void> {
    for (let attempt = 0; this.#interruption && !this.#closing.signal.aborted; attempt++) {
      const consuming = this.#consuming();
      try {
        await this.#attach();
      } catch (error) {
        this.#options.logger.debug(
          { err: error, exchange: this.#spec.exchange },
          "a tap could not be restored yet",
        );
        if (error instanceof CodedError) this.#listener.interrupted(error);
        // Without a connection there is nothing to wait for here: the next one calls `restore`.
        if (!consuming) break;
        const delay = backoff(attempt, this.#options.reconnectMinMs, RETRY_MAX_MS);
        await wait(delay, undefined, { signal: this.#closing.signal }).catch(() => {});
      }
    }
    // Told here and not by a callback of the promise: a new connection may ask before that runs.
    this.#restoring = false;
  }
}

/** One queue of a tap, from its declaration to its end. */
class TapQueue {
  ended = false;
  readonly #consumer: QueueConsumer;
  #opened?: OpenTapQueue;

  constructor({ delivery, ended }: QueueConsumer) {
    this.#consumer = {
      delivery,
      ended: (why) => {
        this.ended = true;
        ended(why);
      },
    };
  }

  async open(consuming: Consuming, spec: TapSpec, options: RabbitMqOptions): Promise<void> {
    this.#opened = await openTapQueue(consuming, spec, this.#consumer, options);
  }

  async confirm(): Promise<void> {
    if (this.ended || !this.#opened) throw noConnection();
    await this.#opened.bind();
  }

  async close(): Promise<void> {
    if (!this.ended) await this.#opened?.close();
  }
}
