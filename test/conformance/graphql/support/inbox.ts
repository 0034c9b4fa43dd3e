interface Taker<T> {
  resolve(item: T): void;
  reject(error: Error): void;
}

/** What has arrived and not been taken; whoever takes from an empty one waits for what comes next. */
export class Inbox<T> {
  readonly #items: T[] = [];
  readonly #takers: Taker<T>[] = [];
  #over: Error | undefined;

  get size(): number {
    return this.#items.length;
  }

  put(item: T): void {
    const taker = this.#takers.shift();
    if (taker) taker.resolve(item);
    else this.#items.push(item);
  }

  /** Rejects where nothing is left and nothing more will come. */
  take(): Promise<T> {
    const [item] = this.#items.splice(0, 1);
    if (item !== undefined) return Promise.resolve(item);
    if (this.#over) return Promise.reject(this.#over);
    return new Promise((resolve, reject) => this.#takers.push({ resolve, reject }));
  }

  async takeMany(count: number): Promise<T[]> {
    const taken: T[] = [];
    while (taken.length < count) taken.push(await this.take());
    return taken;
  }

  /** Nothing more will come, and why. */
  end(why: Error): void {
    this.#over ??= why;
    for (const taker of this.#takers.splice(0)) taker.reject(this.#over);
  }
}
