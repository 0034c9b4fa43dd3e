import { setTimeout as wait } from "node:timers/promises";
import { PUBLISH } from "../../conformance/graphql/support/documents.ts";
import type { Books, Outcome } from "../books.ts";
import type { GraphqlClient } from "./graphql-client.ts";
import { outcomeOf } from "./outcome.ts";

export interface PublisherOptions {
  /** Begins the ids of its messages, which go on with `:` and their number from 1. */
  readonly name: string;
  readonly client: GraphqlClient;
  /** Each message is entered in all of them. */
  readonly books: readonly Books[];
  readonly exchange: string;
  readonly routingKey: string;
  /** Between the beginnings of two attempts, at the least. */
  readonly everyMs: number;
  /** After so long an attempt has no answer: its outcome is unknown, and it is counted as unanswered. */
  readonly patienceMs: number;
  /** True: a message is tried again, with its id, until it is acknowledged. */
  readonly retries?: boolean;
}

/** A message and what has become of it. Times are of this machine's clock, in ms since 1970. */
export interface Published {
  readonly publisher: string;
  readonly number: number;
  readonly id: string;
  /** When it was first sent. */
  readonly sentAt: number;
  endedAt: number;
  outcome: Outcome;
  attempts: number;
}

/** One try to publish a message. */
export interface Attempt {
  readonly message: Published;
  /** Of `performance.now()`. */
  readonly startedAt: number;
  /** What was answered, as in {@link Publisher.codes}; undefined while it is on its way. */
  code?: string;
}

/** Publishes one message after another, each after the answer to the one before, until it is stopped. */
export class Publisher {
  readonly published: Published[] = [];
  /** How often each code was answered; "LOST" where the connection went before the answer. */
  readonly codes = new Map<string, number>();
  /** The longest that an answer has taken, in milliseconds. */
  slowestMs = 0;
  /** Attempts that had no answer within `patienceMs`, on a connection that was there. */
  unanswered = 0;
  /** The last that has begun. */
  latest: Attempt | undefined;
  /** What the last attempt that has ended was answered, as in {@link codes}. */
  lastCode = "nothing yet";
  readonly #options: PublisherOptions;
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;
  #acknowledged: () => void = () => {};

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  /** Resolves with the next message of which the first attempt is yet to come and that is acknowledged. */
  async nextAcknowledged(): Promise<Published> {
    const from = this.published.length;
    for (;;) {
      const found = this.published.slice(from).find(({ outcome }) => outcome === "acknowledged");
      if (found) return found;
      await new Promise<void>((resolve) => (this.#acknowledged = resolve));
    }
  }

  /** Resolves when the last attempt has its outcome and the connection is closed. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
    this.#options.client.close();
  }

  async #run(): Promise<void> {
    const { name, everyMs } = this.#options;
    for (let number = 1; !this.#stopping.signal.aborted; number++) {
      const sentAt = Date.now();
      const message: Published = {
        publisher: name,
        number,
        id: `${name}:${number}`,
        sentAt,
        endedAt: sentAt,
        outcome: "unknown",
        attempts: 0,
      };
      this.published.push(message);
      while (!this.#isDone(message)) {
        const nextAt = performance.now() + everyMs;
        await this.#attempt(message);
        await this.#until(nextAt);
      }
    }
  }

  /** Tried, and not to be tried again. */
  #isDone({ attempts, outcome }: Published): boolean {
    if (attempts === 0) return false;
    const { retries = false } = this.#options;
    return !retries || outcome === "acknowledged" || this.#stopping.signal.aborted;
  }

  async #attempt(message: Published): Promise<void> {
    const { books, patienceMs } = this.#options;
    for (const book of books) book.attempted(message.id);
    message.attempts++;
    const attempt: Attempt = { message, startedAt: performance.now() };
    this.latest = attempt;
    const patience = AbortSignal.timeout(patienceMs);
    const { outcome, code } = await this.#publish(message, patience);
    this.slowestMs = Math.max(this.slowestMs, performance.now() - attempt.startedAt);
    attempt.code = this.lastCode = code;
    if (patience.aborted) this.unanswered++;
    this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
    for (const book of books) book.ended(message.id, outcome);
    // A later refusal does not undo what an earlier attempt may have done.
    if (outcome !== "failed" || message.attempts === 1) message.outcome = outcome;
    message.endedAt = Date.now();
    if (outcome === "acknowledged") this.#acknowledged();
  }

  async #publish({ id }: Published, patience: AbortSignal) {
    const { client, exchange, routingKey } = this.#options;
    const input = {
      exchange,
      routingKey,
      body: { text: id },
      properties: { messageId: id, persistent: true },
    };
    try {
      return outcomeOf(await client.execute(PUBLISH, { input }, patience));
    } catch {
      return { outcome: "unknown", code: "LOST" } as const;
    }
  }

  async #until(time: number): Promise<void> {
    const { signal } = this.#stopping;
    await wait(Math.max(0, time - performance.now()), undefined, { signal }).catch(() => {});
  }
}
