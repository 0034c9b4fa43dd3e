/** The longest that Node's timers take. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** Calls back when a time has come. One timer, which keeps no process alive. */
export class Alarm {
  readonly #onTime: () => void;
  #timer: NodeJS.Timeout | undefined;
  /** On the clock of `Date.now`. */
  #setFor = Infinity;

  constructor(onTime: () => void) {
    this.#onTime = onTime;
  }

  /**
   * Calls back at `time`, of the clock of `Date.now`, or earlier: not where it is set for an earlier time yet,
   * so that a time which moves into the future costs no timer each. Infinity: never.
   */
  setNoLater(time: number): void {
    if (time < this.#setFor) this.set(time);
  }

  set(time: number): void {
    this.clear();
    if (time === Infinity) return;
    this.#setFor = time;
    const afterMs = Math.min(Math.max(time - Date.now(), 0), MAX_TIMEOUT_MS);
    this.#timer = setTimeout(() => this.#ring(time), afterMs).unref();
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#setFor = Infinity;
  }

  #ring(time: number): void {
    this.clear();
    // A timer may be early by part of a millisecond, and longer than one timer can wait.
    if (Date.now() < time) this.set(time);
    else this.#onTime();
  }
}
