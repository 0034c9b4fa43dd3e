import type { Overflow } from "./canary-burst.ts";

/** What is known of when a tap was complete, in milliseconds since 1970. */
export class TapTimes {
  /** Since when it is live, or again. */
  #sinceMs = 0;
  /** Until when nothing can have been missed, as far as is known: the last sign of life. */
  completeMs = Date.now();
  /** When the bindings were last known to be there. */
  #boundMs = 0;
  /** They may not be there any more. */
  #isInDoubt = false;

  readonly #bindings: number;

  constructor(bindings: number) {
    this.#bindings = bindings;
  }

  get boundMs(): number {
    return this.#boundMs;
  }

  /**
   * Since when something may have been missed: of several bindings, a message by one says nothing of the others,
   * and none does of a binding by which it may have come before that had gone.
   */
  get doubtfulMs(): number {
    const isBound = this.#bindings <= 1 && !this.#isInDoubt;
    return isBound ? this.completeMs : Math.min(this.completeMs, this.#boundMs);
  }

  isCompleteAt(time: Date): void {
    this.#sinceMs = this.completeMs = time.getTime();
    this.isBoundAt(this.#sinceMs);
  }

  isBoundAt(timeMs: number): void {
    this.#boundMs = timeMs;
    this.#isInDoubt = false;
  }

  doubtBindings(): void {
    this.#isInDoubt = true;
  }

  /** On our clock and on the broker's: whichever is earlier, but not before all was well. */
  beginningOf({ from }: Overflow): number {
    return Math.max(this.#sinceMs, Math.min(from.getTime(), this.completeMs));
  }
}
