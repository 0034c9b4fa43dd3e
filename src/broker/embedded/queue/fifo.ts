/** First in, first out, in constant time each. */
export class Fifo<T> {
  #items: T[] = [];
  /** Where the oldest is in `#items`: what lies before it has gone. */
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  get first(): T | undefined {
    return this.#items[this.#head];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const first = this.#items[this.#head];
    if (this.size === 0) return undefined;
    this.#head += 1;
    // Half of the array or more has gone: moving the rest costs less than a step for each that went.
    if (this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return first;
  }
}
