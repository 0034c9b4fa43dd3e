import type { Delivery } from "./delivery.ts";
import type { WireReader } from "./wire-reader.ts";

/** What the broker has answered: the fields of the method, and the message that came with it (`basic.get-ok` alone). */
export interface Answer {
  readonly method: number;
  readonly fields: WireReader;
  readonly delivery: Delivery | undefined;
}

interface Call {
  readonly send: () => void;
  readonly answers: readonly number[];
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The synchronous methods of one channel: one at a time is under way (AMQP 0-9-1 section 2.2.2), the
 * others wait for their turn.
 */
export class ChannelCalls {
  readonly #calls: Call[] = [];

  /** Resolves with the next of `answers`. `send` is called when it is this one's turn. */
  ask(send: () => void, answers: readonly number[]): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#calls.push({ send, answers, resolve, reject });
      if (this.#calls.length === 1) send();
    });
  }

  /** False where this is not what is awaited. */
  take(method: number, fields: WireReader, delivery?: Delivery): boolean {
    const [call] = this.#calls;
    if (!call?.answers.includes(method)) return false;
    this.#calls.shift();
    call.resolve({ method, fields, delivery });
    this.#calls[0]?.send();
    return true;
  }

  /** There will be no answers: `underWay` is why to the one that was asked, `waiting` to those that never were. */
  fail(underWay: Error, waiting: Error): void {
    const [first, ...others] = this.#calls.splice(0);
    first?.reject(underWay);
    for (const { reject } of others) reject(waiting);
  }
}
