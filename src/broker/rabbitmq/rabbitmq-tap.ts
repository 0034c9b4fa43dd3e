import type { Tap, TapGap, TapListener } from "../adapter.ts";
import { CodedError, toError } from "../../errors.ts";
import { brokerClosed, exchangeNotFound, noConnection } from "../broker-errors.ts";
import type { TapSpec } from "../topology.ts";
import type { Probed } from "./binding-probe.ts";
import type { Overflow } from "./canary-burst.ts";
import type { Consuming } from "./consuming.ts";
import { DeliveredMessage } from "./delivered-message.ts";
import { HeldDeliveries } from "./held-deliveries.ts";
import type { RabbitMqOptions } from "./options.ts";
import { Restoration } from "./restoration.ts";
import type { BindingsFound } from "./tap-bindings.ts";
import { TapQueue, type BindingsGone } from "./tap-queue.ts";
import { TapTimes } from "./tap-times.ts";
import type { Delivery } from "./wire/delivery.ts";

/** Asks a queue for its bindings. */
type Look = (queue: TapQueue, hooks: BindingsGone) => Promise<BindingsFound>;

/**
 * A tap over the lives of many queues. Each interruption, of whatever kind and however many at once,
 * is one gap to its listener.
 */
export class RabbitMqTap implements Tap, Probed {
  readonly #spec: TapSpec;
  readonly #listener: TapListener;
  readonly #options: RabbitMqOptions;
  readonly #consuming: () => Consuming | undefined;
  readonly #onClosed: () => void;
  readonly #closing = new AbortController();
  #queue?: TapQueue | undefined;
  #interruption?: Pick<TapGap, "cause" | "from"> | undefined;
  /** Why it is interrupted, as the listener was told last. */
  #obstacle: CodedError = noConnection();
  /** Changes with each beginning and each end of an interruption: what was asked before is out of date. */
  #episode = 0;
  /** What has been dropped before an interruption that still lasts. */
  #overflow?: Overflow | undefined;
  readonly #times: TapTimes;
  #wentLive = false;
  /** Its queue is there and has been told of: a delivery has only to be handed on. */
  #flowing = false;
  /** What comes while bindings that had gone are made anew: the gap is to be told before it. */
  #held?: HeldDeliveries | undefined;
  #opening?: Promise<void>;
  readonly #restoration: Restoration;
  /** Looking after the bindings, one look after the other: two at once would tell one loss twice. */
  #looking: Promise<unknown> = Promise.resolve();
  #closed?: Promise<void>;

  constructor(
    spec: TapSpec,
    listener: TapListener,
    options: RabbitMqOptions,
    hooks: { consuming: () => Consuming | undefined; onClosed: () => void },
  ) {
    this.#spec = spec;
    this.#times = new TapTimes(spec.routingPatterns.length);
    this.#listener = listener;
    this.#options = options;
    this.#consuming = hooks.consuming;
    this.#onClosed = hooks.onClosed;
    this.#restoration = new Restoration(
      {
        isNeeded: () => this.#interruption !== undefined && !this.#isClosing,
        hasConnection: () => this.#consuming() !== undefined,
        restore: () => this.#putRight(),
        isToBeTriedAgain: (error) => this.#isToBeTriedAgain(error),
      },
      { minMs: options.reconnectMinMs, signal: this.#closing.signal },
    );
  }

  /** The first queue. Rejects, with nothing left behind, where it cannot be had. */
  open(): Promise<void> {
    return (this.#opening ??= this.#attach());
  }

  /** Tries again to be live, where it is not. Called whenever there is a new connection. */
  restore(): void {
    this.#restoration.start();
  }

  async confirm(): Promise<void> {
    if (this.#isClosing) throw brokerClosed();
    await this.#look((queue, hooks) => queue.confirm(hooks));
  }

  async probe(): Promise<void> {
    if (this.#interruption || this.#isClosing) return;
    try {
      await this.#look((queue, hooks) => queue.probe(hooks));
    } catch (error) {
      // What matters was told to the listener; the rest is the connection's, or is probed again.
      this.#debug(error, "the bindings of a tap could not be probed");
    }
  }

  /** An exchange has been deleted, and with it every binding, whoever makes it anew. */
  exchangeDeleted(name: string): void {
    if (name !== this.#spec.exchange || !this.#queue || this.#queue.ended) return;
    if (!this.#interruption)
      this.#interrupted("binding-lost", this.#times.boundMs, exchangeNotFound(name));
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  /** The adapter is closing: the listener is told that this was all. */
  async end(): Promise<void> {
    if (this.#isClosing) return;
    const tell = this.#wentLive;
    await this.close();
    if (tell) this.#listener.ended(brokerClosed());
  }

  get #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    this.#flowing = false;
    this.#held = undefined;
    await this.#opening?.catch(() => {});
    await this.#restoration.settled();
    this.#consuming()?.probe.remove(this);
    await this.#queue?.close();
    this.#onClosed();
  }

  async #attach(): Promise<void> {
    const consuming = this.#consuming();
    if (!consuming) throw noConnection();
    const queue = new TapQueue(consuming, this.#spec, this.#options, {
      delivery: this.#delivery,
      ended: (why, untold) => {
        consuming.probe.remove(this);
        this.#queueLost(why === "cancelled" ? "queue-deleted" : "reconnected", untold);
      },
      overflowed: (overflow) => this.#overflowed(overflow),
    });
    this.#queue = queue;
    try {
      await queue.open();
    } catch (error) {
      this.#queue = undefined;
      throw error;
    }
    if (this.#isClosing) throw brokerClosed();
    if (queue.ended) throw noConnection();
    this.#live();
    if (this.#isClosing) return;
    consuming.probe.add(this);
  }

  readonly #delivery = (delivery: Delivery): void => {
    if (!this.#flowing && !this.#isToBeHandedOn(delivery)) return;
    this.#times.completeMs = Date.now();
    this.#listener.delivery(new DeliveredMessage(delivery, this.#times.completeMs));
  };

  /** The first of a new queue says that this is there; what is held comes later. */
  #isToBeHandedOn(delivery: Delivery): boolean {
    if (this.#held) {
      if (!this.#held.add(delivery)) this.#release();
      return false;
    }
    this.#live();
    return this.#flowing;
  }

  #hold(): void {
    if (this.#isClosing) return;
    this.#flowing = false;
    this.#held ??= new HeldDeliveries();
  }

  #release(): void {
    const held = this.#held;
    if (!held) return;
    this.#held = undefined;
    this.#flowing = !this.#isClosing;
    for (const delivery of held.deliveries) this.#delivery(delivery);
  }

  /** On a new queue's first delivery or on the broker's word, whichever is read first. */
  #live(): void {
    if (this.#isClosing) return;
    this.#flowing = true;
    const until = new Date();
    if (!this.#wentLive) {
      this.#wentLive = true;
      this.#times.isCompleteAt(until);
      this.#listener.live(until);
    }
    if (!this.#interruption) return;
    const gap = { ...this.#interruption, until };
    this.#interruption = undefined;
    this.#tellBindingGap(gap);
    const overflow = this.#overflow;
    this.#overflow = undefined;
    if (overflow) this.#overflowed(overflow);
    this.#release();
  }

  #tellBindingGap(gap: TapGap): void {
    this.#episode++;
    this.#times.isCompleteAt(gap.until);
    if (gap.cause !== "reconnected")
      this.#options.logger.info(
        { exchange: this.#spec.exchange, cause: gap.cause },
        "a subscription's queue is complete again",
      );
    this.#listener.gap(gap);
  }

  #queueLost(cause: TapGap["cause"], untold: Overflow | undefined): void {
    this.#flowing = false;
    if (this.#held) {
      // As good as on their way: the gap of the bindings goes on.
      this.#held = undefined;
      this.#interrupted("binding-lost", this.#times.boundMs, noConnection());
      return;
    }
    const { doubtfulMs } = this.#times;
    const from = untold ? Math.min(this.#times.beginningOf(untold), doubtfulMs) : doubtfulMs;
    this.#interrupted(cause, from, noConnection());
  }

  #interrupted(cause: TapGap["cause"], from: number, why: CodedError): void {
    if (this.#isClosing || !this.#wentLive) return;
    if (!this.#interruption) {
      this.#episode++;
      this.#interruption = { cause, from: new Date(from) };
      if (cause !== "reconnected")
        this.#options.logger.warn(
          { exchange: this.#spec.exchange, cause, code: why.code },
          "a subscription's queue has lost its messages' way; it is being restored",
        );
      this.#tellInterrupted(why);
    } else if (why.message !== this.#obstacle.message) this.#tellInterrupted(why);
    this.restore();
  }

  #tellInterrupted(why: CodedError): void {
    this.#obstacle = why;
    this.#listener.interrupted(why);
  }

  /** While it is interrupted, told afterwards: a gap says that the tap is live. */
  #overflowed(overflow: Overflow): void {
    if (this.#isClosing || !this.#wentLive) return;
    if (this.#interruption) {
      this.#overflow = overflow;
      return;
    }
    const { dropped } = overflow;
    const from = new Date(this.#times.beginningOf(overflow));
    const count = dropped === undefined ? {} : { dropped };
    this.#listener.gap({ cause: "broker-overflow", from, until: new Date(), ...count });
  }

  /**
   * One look at the bindings. Rejects where they are not there, or that cannot be known; where it is only not
   * known yet, it does not.
   */
  #look(ask: Look): Promise<void> {
    const looked = this.#looking.then(() => this.#lookNow(ask));
    this.#looking = looked.catch(() => {});
    return looked;
  }

  async #lookNow(ask: Look): Promise<void> {
    const queue = this.#queue;
    if (this.#interruption) throw this.#obstacle;
    if (!queue || queue.ended) throw noConnection();
    const episode = this.#episode;
    const isOurs = () => episode === this.#episode;
    const askedMs = Date.now();
    try {
      const found = await ask(queue, {
        gone: () => isOurs() && this.#times.doubtBindings(),
        drained: () => isOurs() && this.#hold(),
      });
      if (this.#isClosing) throw brokerClosed();
      if (isOurs()) this.#lookedAt(found, askedMs);
      // Whoever has found something in the meantime has told it.
      else if (this.#interruption || queue.ended) throw this.#obstacle;
    } finally {
      if (isOurs()) this.#release();
    }
  }

  #lookedAt(found: BindingsFound, askedMs: number): void {
    if (found.state === "kept") this.#times.isBoundAt(askedMs);
    else if (found.state === "unknown") this.#times.doubtBindings();
    else if (found.state === "lost") {
      this.#release();
      this.#interrupted("binding-lost", this.#times.boundMs, found.why);
      throw found.why;
    } else {
      this.#tellBindingGap({
        cause: "binding-lost",
        from: new Date(this.#times.boundMs),
        until: new Date(),
      });
      this.#release();
    }
  }

  #isToBeTriedAgain(error: unknown): boolean {
    if (this.#isClosing) return false;
    this.#debug(error, "a tap could not be restored yet");
    if (error instanceof CodedError && error.message !== this.#obstacle.message)
      this.#tellInterrupted(error);
    return true;
  }

  /** A queue that is there, with what waits in it, is kept: it lacks its bindings alone. */
  async #putRight(): Promise<void> {
    const queue = this.#queue;
    if (!queue || queue.ended) {
      await this.#attach();
      return;
    }
    try {
      await queue.bind(() => this.#hold());
      if (queue.ended) throw noConnection();
      this.#live();
    } finally {
      // Where that has failed, they are late enough.
      this.#release();
    }
  }

  #debug(error: unknown, what: string): void {
    this.#options.logger.debug({ err: toError(error), exchange: this.#spec.exchange }, what);
  }
}
