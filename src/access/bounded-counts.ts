/** How many of something each key has, up to a bound; 0: no bound. */
export class BoundedCounts {
  readonly #most: number;
  readonly #counts = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** One more, until the returned function is called; undefined where the key has as many as it may. */
  add(key: string): (() => void) | undefined {
    if (this.#most === 0) return () => {};
    const count = this.#counts.get(key) ?? 0;
    if (count >= this.#most) return undefined;
    this.#counts.set(key, count + 1);
    let isCounted = true;
    return () => {
      if (isCounted) this.#remove(key);
      isCounted = false;
    };
  }

  #remove(key: string): void {
    const count = (this.#counts.get(key) ?? 0) - 1;
    if (count > 0) this.#counts.set(key, count);
    else this.#counts.delete(key);
  }
}
