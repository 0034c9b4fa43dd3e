/** What can be late. These fields are its place in one {@link Deadlines}, which alone writes them. */
export interface Timed<T extends Timed<T>> {
  deadlines: Deadlines<T> | undefined;
  dueAt: number;
  earlier: T | undefined;
  later: T | undefined;
}

/**
 * One time limit for many. It is the same for all, so they are due in the order in which they came, and
 * a single timer, set for the first, does for all of them.
 */
export class Deadlines<T extends Timed<T>> {
  readonly #milliseconds: number;
  readonly #late: (item: T) => void;
  #first: T | undefined;
  #last: T | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(milliseconds: number, late: (item: T) => void) {
    this.#milliseconds = milliseconds;
    this.#late = late;
  }

  /** Calls `late` with the item in so many milliseconds, unless it is removed before. */
  add(item: T): void {
    item.deadlines = this;
    item.dueAt = performance.now() + this.#milliseconds;
    item.earlier = this.#last;
    if (this.#last) this.#last.later = item;
    else this.#first = item;
    this.#last = item;
    // Set for one that came in time, it runs for those after it: moving it each time would cost more.
    if (!this.#timer) this.#wake(this.#milliseconds);
  }

  /** Nothing for an item that is not here, or no longer. */
  remove(item: T): void {
    if (item.deadlines !== this) return;
    item.deadlines = undefined;
    if (item.earlier) item.earlier.later = item.later;
    else this.#first = item.later;
    if (item.later) item.later.earlier = item.earlier;
    else this.#last = item.earlier;
    item.earlier = item.later = undefined;
  }

  readonly #tick = () => {
    this.#timer = undefined;
    const now = performance.now();
    // Timers count whole milliseconds, and can be a part of one early.
    for (let late = this.#first; late && late.dueAt <= now + 1; late = this.#first) {
      this.remove(late);
      this.#late(late);
    }
    if (this.#first && !this.#timer) this.#wake(this.#first.dueAt - now);
  };

  #wake(inMilliseconds: number): void {
    this.#timer = setTimeout(this.#tick, inMilliseconds).unref();
  }
}
