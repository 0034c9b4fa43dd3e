import type { WireReader } from "./wire-reader.ts";

/** The one answer that a channel waits for at a time (AMQP 0-9-1 section 2.2.2, synchronous methods). */
export class AwaitedReply {
  #method: number | undefined;
  #resolve: (fields: WireReader) => void = () => {};
  #reject: (error: Error) => void = () => {};

  /** Resolves with the fields of the next `method`. Throws where another answer is awaited already. */
  expect(method: number): Promise<WireReader> {
    if (this.#method !== undefined) throw new Error("One method at a time is under way");
    this.#method = method;
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** False where this is not what is awaited. */
  take(method: number, fields: WireReader): boolean {
    if (method !== this.#method) return false;
    this.#method = undefined;
    this.#resolve(fields);
    return true;
  }

  /** There will be no answer. */
  fail(error: Error): void {
    if (this.#method === undefined) return;
    this.#method = undefined;
    this.#reject(error);
  }
}
