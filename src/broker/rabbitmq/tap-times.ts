import type { Overflow } from "./canary-burst.ts";

/** What is known of when a tap was complete, in milliseconds since 1970. */
export class TapTimes {
  /** Since when it is live, or again. */
  #sinceMs = 0;
  /** Until when nothing can have been missed, as far as is known: the last sign of life. */
  completeMs = Date.now();
  /** When the bindings were last known to be there. */
  boundMs = 0;

  isCompleteAt(time: Date): void {
    this.#sinceMs = this.completeMs = this.boundMs = time.getTime();
  }

  /** On our clock and on the broker's: whichever is earlier, but not before all was well. */
  beginningOf({ from }: Overflow): number {
    return Math.max(this.#sinceMs, Math.min(from.getTime(), this.completeMs));
  }
}
