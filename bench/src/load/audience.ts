import { setTimeout as delay } from "node:timers/promises";
import { LIVE_MARK, markBody, START_MARK } from "../wire/bench-message.ts";
import type { GraphQLRequest } from "../wire/operations.ts";
import { Progress } from "./progress.ts";
import { Subscriber, type Stage } from "./subscriber.ts";
import type { SubscribeAddress } from "./subscribers.ts";

export interface AudienceOptions {
  readonly address: SubscribeAddress;
  readonly subscribers: number;
  /** What they ask for, in turn. */
  readonly requests: readonly GraphQLRequest[];
  readonly bodyBytes: number;
}

/** Connections that are being opened at a time. */
const OPENING = 100;
const STAGE_TIMEOUT_MS = 120_000;
/** What has not come after so long in which nothing came is lost. */
const STALL_MS = 10_000;
/** Between the messages that tell who is live already: for so many subscribers, and proportionally longer for more. */
const LIVE_INTERVAL_MS = 100;
const LIVE_INTERVAL_SUBSCRIBERS = 1000;

/** All subscribers of a round. */
export class Audience {
  readonly subscribers: Subscriber[] = [];
  /** Messages that all of them have counted, together. */
  total = 0;
  /** Called whenever one of them has counted messages, which are in its `count` already. */
  onCounted: (subscriber: Subscriber, messages: number) => void = () => {};
  readonly #options: AudienceOptions;
  readonly #progress = new Progress();
  readonly #reached: Record<Stage, number> = { opening: 0, asked: 0, live: 0, counting: 0 };

  constructor(options: AudienceOptions) {
    this.#options = options;
  }

  /** Opens all connections, and asks for the subscriptions: the server may still be busy with those. */
  async ask(): Promise<void> {
    const { subscribers, requests, bodyBytes, address } = this.#options;
    while (this.subscribers.length < subscribers) {
      const request = requests[this.subscribers.length % requests.length];
      if (!request) throw new Error("subscribers need a request");
      await this.#until(
        () => this.subscribers.length - this.#reached.asked < OPENING,
        "connections were not opened",
      );
      const subscriber: Subscriber = new Subscriber(
        { address, request, bodyBytes },
        {
          reached: (stage) => {
            this.#reached[stage]++;
            this.#progress.made();
          },
          counted: (messages) => {
            this.total += messages;
            this.onCounted(subscriber, messages);
          },
          failed: (why) => this.#progress.fail(why),
        },
      );
      this.subscribers.push(subscriber);
    }
    await this.#allHave("asked");
  }

  /** Resolves when every subscriber has received something: `publish` is called until it is so. */
  async live(publish: (body: Buffer) => void): Promise<void> {
    const body = markBody(this.#options.bodyBytes, LIVE_MARK);
    const longer = Math.max(1, this.subscribers.length / LIVE_INTERVAL_SUBSCRIBERS);
    const everyone = this.#allHave("live");
    const waiting = new AbortController();
    const publishing = (async () => {
      while (!waiting.signal.aborted) {
        publish(body);
        await delay(LIVE_INTERVAL_MS * longer, undefined, waiting).catch(() => {});
      }
    })();
    try {
      await everyone;
    } finally {
      waiting.abort();
      await publishing;
    }
  }

  /** Resolves when every subscriber counts, from 0. */
  async start(publish: (body: Buffer) => void): Promise<void> {
    publish(markBody(this.#options.bodyBytes, START_MARK));
    await this.#allHave("counting");
  }

  /** Rejects where something has gone wrong, and where not all come to have counted exactly `messages`. */
  async complete(messages: number): Promise<void> {
    const expected = messages * this.subscribers.length;
    const told = this.onCounted;
    this.onCounted = (subscriber, counted) => {
      told(subscriber, counted);
      if (this.total >= expected) this.#progress.made();
    };
    for (let before = -1; this.total < expected;) {
      if (this.total === before)
        throw new Error(`some messages of ${messages} are missing: ${this.#state()}`);
      before = this.total;
      await this.#progress.within(STALL_MS, () => this.total >= expected);
    }
    this.check();
    const wrong = this.subscribers.filter(({ count }) => count !== messages);
    if (wrong.length > 0)
      throw new Error(
        `${wrong.length} subscribers counted other than ${messages}: ${wrong[0]?.count}, for one`,
      );
  }

  /** Throws what has gone wrong since it was last asked. */
  check(): void {
    this.#progress.check();
  }

  close(): void {
    for (const { connection } of this.subscribers) connection.close();
  }

  #allHave(stage: Stage): Promise<void> {
    return this.#until(
      () => this.#reached[stage] >= this.#options.subscribers,
      `not all are ${stage}`,
    );
  }

  #until(condition: () => boolean, otherwise: string): Promise<void> {
    return this.#progress.until(
      condition,
      STAGE_TIMEOUT_MS,
      () => `${otherwise}: ${this.#state()}`,
    );
  }

  #state(): string {
    const slowest = this.subscribers.reduce((least, { count }) => Math.min(least, count), Infinity);
    return JSON.stringify({ ...this.#reached, total: this.total, slowest });
  }
}
