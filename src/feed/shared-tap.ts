import { setTimeout as wait } from "node:timers/promises";
import type { Broker } from "../broker/broker.ts";
import type { Tap, TapListener } from "../broker/adapter.ts";
import type { TapSpec } from "../broker/topology.ts";
import { toError, type CodedError } from "../errors.ts";
import type { Gap } from "./feed-event.ts";
import type { IncomingMessage } from "../broker/message.ts";
import type { TapState, TapStatus } from "./tap-status.ts";
import type { Tally } from "./tally.ts";

/** Who listens to a tap. Called synchronously and in order; MUST NOT throw. */
export interface Subscriber {
  /** Once, before anything else: every matching message published from now on comes. */
  live(since: Date): void;
  message(message: IncomingMessage): void;
  /** Nobody can join until `gap` has been told. */
  interrupted?(why: CodedError): void;
  gap(gap: Gap): void;
  /** The last call. */
  ended(error: Error): void;
}

/** A subscriber's place at a tap. */
export interface Membership {
  /** Resolves when the subscriber is live; rejects where it cannot be, and its place is then gone. */
  readonly ready: Promise<void>;
  /** Resolves when the bindings have been made sure of after this call, as far as {@link Tap.confirm} can. */
  confirm(): Promise<void>;
  /** Acts at once, also before `ready`. Idempotent. */
  leave(): void;
}

/**
 * The bindings of one tap are made sure of this often at most, in milliseconds: who comes in between
 * shares the next time, so that thousands who come back at once are a few questions to the broker.
 */
const CONFIRM_EVERY_MS = 20;

/** The clock may have been set back in between: what is missing was published after the earlier of both. */
function inOrder<G extends Gap>(gap: G): G {
  return gap.from > gap.until ? { ...gap, from: gap.until } : gap;
}

/** One tap of the broker's, shared by everyone who asks for the same messages; gone with the last of them. */
export class SharedTap {
  readonly #spec: TapSpec;
  readonly #tally: Tally;
  readonly #onEmpty: (closing: Promise<void>) => void;
  /** Those who are live, and those who are to be. */
  readonly #subscribers = new Set<Subscriber>();
  readonly #joining = new Set<Subscriber>();
  readonly #tap: Promise<Tap>;
  /** Asked of the broker last, and to be asked next, for those who have come since. */
  #confirming?: Promise<void>;
  #confirmingNext?: Promise<void> | undefined;
  /** On the clock of `performance.now`. */
  #confirmedAt = -Infinity;
  /** Why nobody can join, while it is interrupted. */
  #interruption?: CodedError;
  #state: TapState | "over" = "opening";
  #since = new Date();

  /** `onEmpty` is called once, when nobody can join any more, with the promise that nothing is left behind. */
  constructor(
    broker: Broker,
    spec: TapSpec,
    tally: Tally,
    onEmpty: (closing: Promise<void>) => void,
  ) {
    this.#spec = spec;
    this.#tally = tally;
    this.#onEmpty = onEmpty;
    this.#tap = broker.openTap(spec, this.#listener());
    // Each member waits for it by itself; without members nobody does.
    this.#tap.catch(() => this.#over());
  }

  /** Its subscribers may be missing messages; nobody can join. */
  get interrupted(): boolean {
    return this.#state === "interrupted";
  }

  /** Undefined where it is over. */
  get status(): TapStatus | undefined {
    if (this.#state === "over") return undefined;
    const reason = this.interrupted ? this.#interruption?.message : undefined;
    return {
      spec: this.#spec,
      state: this.#state,
      since: this.#since,
      ...(reason !== undefined && { reason }),
      subscribers: this.#subscribers.size + this.#joining.size,
    };
  }

  join(subscriber: Subscriber): Membership {
    this.#joining.add(subscriber);
    return {
      ready: this.#ready(subscriber),
      confirm: () => this.#confirm(),
      leave: () => this.#leave(subscriber),
    };
  }

  async #ready(subscriber: Subscriber): Promise<void> {
    try {
      if (this.#state === "opening") await this.#tap;
      else await this.#confirm();
      if (this.#state === "interrupted") throw this.#interruption;
    } catch (error) {
      this.#leave(subscriber);
      throw error;
    }
    this.#goLive(subscriber, new Date());
  }

  #goLive(subscriber: Subscriber, since: Date): void {
    if (!this.#joining.delete(subscriber)) return;
    this.#subscribers.add(subscriber);
    subscriber.live(since);
  }

  #confirm(): Promise<void> {
    if (this.#state === "interrupted") return Promise.reject(this.#interruption);
    // It has not been asked yet, and so is as good for whoever comes now.
    return (this.#confirmingNext ??= this.#confirmNext());
  }

  async #confirmNext(): Promise<void> {
    await this.#confirming?.catch(() => {});
    const early = this.#confirmedAt + CONFIRM_EVERY_MS - performance.now();
    if (early > 0) await wait(early);
    this.#confirmingNext = undefined;
    if (this.#state === "interrupted") throw this.#interruption;
    this.#confirmedAt = performance.now();
    this.#confirming = this.#tap.then((tap) => tap.confirm());
    await this.#confirming;
  }

  #leave(subscriber: Subscriber): void {
    const left = this.#subscribers.delete(subscriber) || this.#joining.delete(subscriber);
    if (left && this.#subscribers.size + this.#joining.size === 0) this.#over();
  }

  #over(): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#onEmpty(
      this.#tap.then(
        (tap) => tap.close(),
        () => {},
      ),
    );
  }

  #enter(state: TapState): void {
    if (this.#state === "over") return;
    if (this.#state !== state) this.#since = new Date();
    this.#state = state;
  }

  #listener(): TapListener {
    return {
      live: (since) => {
        this.#enter("live");
        for (const subscriber of this.#joining) this.#goLive(subscriber, since);
      },
      delivery: (message) => {
        this.#tally.received();
        for (const subscriber of this.#subscribers) subscriber.message(message);
      },
      interrupted: (why) => {
        this.#enter("interrupted");
        this.#interruption = why;
        for (const subscriber of this.#subscribers) subscriber.interrupted?.(why);
      },
      gap: (told) => {
        const gap = inOrder(told);
        this.#enter("live");
        this.#tally.interrupted(gap);
        for (const subscriber of this.#subscribers) subscriber.gap(gap);
      },
      ended: (error) => {
        const subscribers = [...this.#subscribers];
        this.#subscribers.clear();
        this.#over();
        for (const subscriber of subscribers) subscriber.ended(toError(error));
      },
    };
  }
}
