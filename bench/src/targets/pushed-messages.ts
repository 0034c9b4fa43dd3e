import type { PeerBroker } from "./peer-broker.ts";
import type { PeerMessage } from "./peer-message.ts";

type Result = IteratorResult<{ messages: PeerMessage }, undefined>;

/** What arrives at one subscriber, as graphql-js wants it: pushed in, pulled out, without a bound. */
export class PushedMessages implements AsyncIterableIterator<{ messages: PeerMessage }, undefined> {
  readonly #waiting: PeerMessage[] = [];
  #pulled: ((result: Result) => void) | undefined;
  #leave: () => void = () => {};
  #over = false;

  static async of(broker: PeerBroker, exchange: string): Promise<PushedMessages> {
    const messages = new PushedMessages();
    messages.#leave = await broker.subscribe(exchange, (message) => messages.#push(message));
    return messages;
  }

  next(): Promise<Result> {
    const message = this.#waiting.shift();
    if (message) return Promise.resolve({ value: { messages: message }, done: false });
    if (this.#over) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => (this.#pulled = resolve));
  }

  return(): Promise<Result> {
    this.#over = true;
    this.#leave();
    this.#waiting.length = 0;
    this.#pulled?.({ value: undefined, done: true });
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #push(message: PeerMessage): void {
    const pulled = this.#pulled;
    this.#pulled = undefined;
    if (pulled) pulled({ value: { messages: message }, done: false });
    else this.#waiting.push(message);
  }
}
