/**
 * An async iteration that yields nothing, of an operation whose responses go past it. It is over when
 * the operation is, and rejects where that ends in an error. Many wait at the same time, so it holds
 * no more than one promise, and that only once it is asked for.
 */
export abstract class SilentIteration implements AsyncIterableIterator<never, undefined> {
  #ending?: Promise<IteratorReturnResult<undefined>>;
  #settle?: (error: Error | undefined) => void;
  #error?: Error | undefined;
  #isOver = false;

  /** Called once, when the reader has ended it. */
  protected abstract onReturn(): void;

  /** False where nobody is to be told of the end any more: `next` then stays pending. */
  protected abstract get isAwaited(): boolean;

  next(): Promise<IteratorReturnResult<undefined>> {
    if (this.#isOver) return this.#over();
    return (this.#ending ??= new Promise((resolve, reject) => {
      this.#settle = (error) => {
        if (error) reject(error);
        else resolve({ done: true, value: undefined });
      };
    }));
  }

  /** Not a reader's end but the operation's: `error` is told once. */
  fail(error: Error): void {
    if (this.#isOver) return;
    this.#error = error;
    this.#end();
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    if (!this.#isOver) {
      this.#end();
      this.onReturn();
    }
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #over(): Promise<IteratorReturnResult<undefined>> {
    if (!this.isAwaited) return new Promise(() => {});
    const error = this.#error;
    this.#error = undefined;
    if (error) return Promise.reject(error);
    return Promise.resolve({ done: true, value: undefined });
  }

  #end(): void {
    this.#isOver = true;
    const settle = this.#settle;
    if (!settle) return;
    const error = this.#error;
    this.#error = undefined;
    // Messages that were read in one piece are told in one turn: whoever ends the operation may begin another in it.
    queueMicrotask(() => {
      if (this.isAwaited) settle(error);
    });
  }
}
