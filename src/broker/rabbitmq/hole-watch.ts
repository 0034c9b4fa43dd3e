import { setTimeout as wait } from "node:timers/promises";
import { backoff } from "./backoff.ts";

/**
 * RabbitMQ puts an entry of its own at the head of each segment, which takes an offset. What it deletes are
 * segments, and one that is open is read to its end: two offsets are missing, then, where there is a loss.
 */
const HEAD_OF_SEGMENT = 1;

/** Waits between two looks that have failed, in milliseconds. */
const RETRY_MIN_MS = 50;
const RETRY_MAX_MS = 2_000;

interface Placed {
  readonly offset: number;
}

interface Hooks<Delivery> {
  /** The offset of the oldest message that is kept now; rejects where it cannot be told. */
  readonly firstKept: () => Promise<number>;
  /** Called in the order of the stream. */
  readonly passed: (delivery: Delivery, isTruncated: boolean) => void;
}

/**
 * Tells what a broker does not: that it has deleted what was to be delivered next, and has gone on with the
 * oldest it keeps. Offsets are missing then, as they are where the broker has several entries of its own
 * in a row: a look at the oldest message that is kept tells one from the other, and until then what
 * has been delivered is held. Where what was missing is deleted between its delivery and
 * that look, it is taken for a loss.
 */
export class HoleWatch<Delivery extends Placed> {
  readonly #hooks: Hooks<Delivery>;
  /** The offset of the last that has passed. */
  #last: number | undefined;
  #held: Delivery[] = [];
  #looking: AbortController | undefined;
  #onPassed: (() => void) | undefined;

  constructor(hooks: Hooks<Delivery>) {
    this.#hooks = hooks;
  }

  /** What comes next follows the message at `offset`; undefined where nothing is known of what was before. */
  begin(offset: number | undefined): void {
    this.drop();
    this.#last = offset;
  }

  receive(delivery: Delivery): void {
    if (!this.#looking && !this.#isAfterHole(delivery)) {
      this.#pass(delivery);
      return;
    }
    this.#held.push(delivery);
    if (!this.#looking) void this.#look();
  }

  /** Calls `listener` when nothing is held, which may be now; never, where what is held is dropped first. */
  whenPassed(listener: () => void): void {
    if (this.#looking) this.#onPassed = listener;
    else listener();
  }

  /** Forgets what is held. */
  drop(): void {
    this.#looking?.abort();
    this.#looking = undefined;
    this.#onPassed = undefined;
    this.#held = [];
  }

  async #look(): Promise<void> {
    const { signal } = (this.#looking = new AbortController());
    while (this.#held.length > 0) {
      // Of what is delivered during a look, that look says nothing.
      const count = this.#held.length;
      const firstKept = await this.#firstKept(signal);
      if (signal.aborted) return;
      for (const delivery of this.#held.splice(0, count)) this.#pass(delivery, firstKept);
      this.#passUpToHole();
    }
    this.#looking = undefined;
    const onPassed = this.#onPassed;
    this.#onPassed = undefined;
    onPassed?.();
  }

  #passUpToHole(): void {
    const hole = this.#held.findIndex((delivery, place) =>
      this.#isAfterHole(delivery, this.#held[place - 1]?.offset),
    );
    const count = hole === -1 ? this.#held.length : hole;
    for (const delivery of this.#held.splice(0, count)) this.#pass(delivery);
  }

  async #firstKept(signal: AbortSignal): Promise<number> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        return await this.#hooks.firstKept();
      } catch {
        // Most often the consumer has gone with the connection, and what is held is about to be dropped.
        const delay = backoff(attempt, RETRY_MIN_MS, RETRY_MAX_MS);
        await wait(delay, undefined, { signal }).catch(() => {});
      }
    }
    return Infinity;
  }

  #pass(delivery: Delivery, firstKept = 0): void {
    const isTruncated = this.#isAfterHole(delivery) && firstKept > (this.#last ?? -1) + 1;
    this.#last = delivery.offset;
    this.#hooks.passed(delivery, isTruncated);
  }

  #isAfterHole({ offset }: Placed, before = this.#last): boolean {
    return before !== undefined && offset > before + 1 + HEAD_OF_SEGMENT;
  }
}
