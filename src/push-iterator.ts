/** Where a {@link PushIterator} gets its values from. */
export interface Source<T> {
  /** The next value, or undefined where there is none yet. */
  shift(): T | undefined;
  clear(): void;
}

/**
 * An async iterator over what is pushed into a queue. Written by hand because an async generator that
 * waits cannot be ended from outside; here `return` takes effect at once.
 */
export class PushIterator<T> implements AsyncIterableIterator<T> {
  readonly #source: Source<T>;
  readonly #onReturn: () => void;
  readonly #readers: {
    resolve: (result: IteratorResult<T, undefined>) => void;
    reject: (error: Error) => void;
  }[] = [];
  #error?: Error | undefined;
  #done = false;

  /** `onReturn` is called once, when the iteration is over, whoever ended it. */
  constructor(source: Source<T>, onReturn: () => void) {
    this.#source = source;
    this.#onReturn = onReturn;
  }

  /** There is something new in the source. */
  wake(): void {
    while (this.#readers.length > 0) {
      const value = this.#source.shift();
      if (value === undefined) return;
      this.#readers.shift()?.resolve({ done: false, value });
    }
  }

  /** No more will come: the reader gets what is in the source, then `error`, then the end. */
  fail(error: Error): void {
    if (this.#done || this.#error) return;
    this.#error = error;
    const reader = this.#readers.shift();
    if (!reader) return;
    this.#finish();
    reader.reject(error);
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#done) return Promise.resolve({ done: true, value: undefined });
    const value = this.#source.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#error) {
      this.#finish();
      return Promise.reject(this.#error);
    }
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#finish();
    return Promise.resolve({ done: true, value: undefined });
  }

  throw(error: unknown): Promise<IteratorResult<T, undefined>> {
    this.#finish();
    return Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #finish(): void {
    if (this.#done) return;
    this.#done = true;
    this.#source.clear();
    for (const reader of this.#readers.splice(0)) reader.resolve({ done: true, value: undefined });
    this.#onReturn();
  }
}
