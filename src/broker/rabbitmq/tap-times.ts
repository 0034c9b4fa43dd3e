import type { Overflow } from "./canary-burst.ts";

/** What is known of when a tap was complete, in milliseconds since 1970. */
export class TapTimes {
  /** Since when it is live, or again. */
  #sinceMs = 0;
  /** Until when nothing can have been missed, as far as is known: the last sign of life. */
  completeMs = Date.now();
  /** When the bindings were last known to be there. */
  boundMs = 0;

  readonly #bindings: number;

  constructor(bindings: number) {
    this.#bindings = bindings;
  }

  /** Since when something may have been missed: of several bindings, a message by one says nothing of the others. */
  get doubtfulMs(): number {
    return this.#bindings > 1 ? Math.min(this.completeMs, this.boundMs) : this.completeMs;
  }

  isCompleteAt(time: Date): void {
    this.#sinceMs = this.completeMs = this.boundMs = time.getTime();
  }

  /** On our clock and on the broker's: whichever is earlier, but not before all was well. */
  beginningOf({ from }: Overflow): number {
    return Math.max(this.#sinceMs, Math.min(from.getTime(), this.completeMs));
  }
}
