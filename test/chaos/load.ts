import type { Books } from "../harness/books.ts";
import { httpClient, webSocketClient } from "../harness/load/graphql-client.ts";
import { Publisher, type Published } from "../harness/load/publisher.ts";
import { Subscriber } from "../harness/load/subscriber.ts";
import {
  CONFIRM_TIMEOUT_MS,
  EXCHANGE,
  PUBLISH_WAIT_MS,
  SIDE_EXCHANGE,
  type World,
} from "./world.ts";

/** The gateway's timers run late where two cores do everything. */
const MARGIN_MS = 2_000;
const PATIENCE_MS = CONFIRM_TIMEOUT_MS + PUBLISH_WAIT_MS + MARGIN_MS;
const SILENCE_MS = 6_000;
const EVERY_MS = 40;

/** How publishers reach the gateway; `direct` is past the network that breaks, so that every call must be answered. */
const PUBLISHERS = [
  { name: "http", over: "HTTP", direct: true, exchange: EXCHANGE, key: "a" },
  {
    name: "http-retrying",
    over: "HTTP",
    direct: true,
    exchange: EXCHANGE,
    key: "b",
    retries: true,
  },
  { name: "http-far", over: "HTTP", direct: false, exchange: EXCHANGE, key: "a" },
  { name: "ws-far", over: "WebSocket", direct: false, exchange: EXCHANGE, key: "b" },
  {
    name: "ws-far-retrying",
    over: "WebSocket",
    direct: false,
    exchange: EXCHANGE,
    key: "a",
    retries: true,
  },
  { name: "side", over: "WebSocket", direct: true, exchange: SIDE_EXCHANGE, key: "a" },
] as const;

const SUBSCRIBERS = [
  { name: "all", direct: true, exchange: EXCHANGE, patterns: ["#"] },
  { name: "a", direct: false, exchange: EXCHANGE, patterns: ["a"] },
  { name: "a-again", direct: false, exchange: EXCHANGE, patterns: ["a"] },
  { name: "side", direct: true, exchange: SIDE_EXCHANGE, patterns: ["a", "b"] },
] as const;

interface LoadPublisher {
  readonly name: string;
  /** Past the network that breaks. */
  readonly direct: boolean;
  readonly publisher: Publisher;
}

interface LoadSubscriber {
  readonly subscriber: Subscriber;
  /** The names of the publishers whose messages it is to receive. */
  readonly hears: readonly string[];
}

/** Publishers and subscribers at work. */
export class Load {
  readonly publishers: readonly LoadPublisher[];
  readonly subscribers: readonly LoadSubscriber[];

  /** Resolves when every subscriber is live and every publisher has had a message acknowledged. */
  static async start(world: World, prefix: string, books: readonly Books[]): Promise<Load> {
    const endpoint = (direct: boolean) =>
      direct ? new URL(world.gateway.url).host : `127.0.0.1:${world.toGateway.port}`;
    const subscribers = SUBSCRIBERS.map(({ name, direct, exchange, patterns }) => ({
      hears: PUBLISHERS.filter(
        (it) => it.exchange === exchange && patterns.some((key) => key === "#" || key === it.key),
      ).map((it) => `${prefix}${it.name}`),
      subscriber: new Subscriber({
        name,
        wsUrl: `ws://${endpoint(direct)}/graphql`,
        exchange,
        routingPatterns: patterns,
        silenceMs: SILENCE_MS,
      }),
    }));
    // What is published before somebody is live is nobody's to receive.
    await allLive(subscribers);
    const publishers = PUBLISHERS.map(({ name, over, direct, exchange, key, ...more }) => ({
      name: `${prefix}${name}`,
      direct,
      publisher: new Publisher({
        name: `${prefix}${name}`,
        client:
          over === "HTTP"
            ? httpClient(`http://${endpoint(direct)}/graphql`)
            : webSocketClient(`ws://${endpoint(direct)}/graphql`),
        books: exchange === EXCHANGE ? books : [],
        exchange,
        routingKey: key,
        everyMs: EVERY_MS,
        patienceMs: PATIENCE_MS,
        ...more,
      }),
    }));
    const load = new Load(publishers, subscribers);
    await load.flows();
    return load;
  }

  private constructor(
    publishers: readonly LoadPublisher[],
    subscribers: readonly LoadSubscriber[],
  ) {
    this.publishers = publishers;
    this.subscribers = subscribers;
  }

  /** Resolves when each publisher has had a new message acknowledged, and each subscriber has received one after that. */
  async flows(): Promise<void> {
    await allLive(this.subscribers);
    const latest = new Map<string, number>();
    await Promise.all(
      this.publishers.map(async ({ name, publisher }) => {
        latest.set(name, (await publisher.nextAcknowledged()).number);
      }),
    );
    await Promise.all(
      this.subscribers.map(({ subscriber, hears }) =>
        subscriber.until(() =>
          hears.every((name) => subscriber.coverage.latest(name) >= (latest.get(name) ?? 0)),
        ),
      ),
    );
  }

  /** How far everybody has come, in words, for when {@link flows} takes too long. */
  get progress(): string {
    const publishers = this.publishers.map(({ name, publisher }) => {
      const acknowledged = publisher.published.findLast(
        ({ outcome }) => outcome === "acknowledged",
      );
      return `${name} at ${publisher.published.length}, acknowledged ${acknowledged?.number ?? 0}, last answered ${publisher.lastCode}`;
    });
    const subscribers = this.subscribers.map(
      ({ subscriber: { name, isLive, coverage }, hears }) => {
        const latest = hears.map((publisher) => `${publisher}:${coverage.latest(publisher)}`);
        return `${name} is ${isLive ? "live" : "not live"} and has received up to ${latest.join(", ")}`;
      },
    );
    return [...publishers, ...subscribers].join("; ");
  }

  async stop(): Promise<void> {
    await Promise.all(this.publishers.map(({ publisher }) => publisher.stop()));
    await Promise.all(this.subscribers.map(({ subscriber }) => subscriber.stop()));
  }

  /** What contradicts the promises, in words. `slackMs` as in `Coverage.violations`. */
  problems(slackMs: number): string[] {
    const published = new Map<string, readonly Published[]>(
      this.publishers.map(({ name, publisher }) => [name, publisher.published]),
    );
    return [
      ...this.subscribers.flatMap(({ subscriber, hears }) => {
        const heard = new Map([...published].filter(([name]) => hears.includes(name)));
        return [...subscriber.problems, ...subscriber.coverage.violations(heard, slackMs)].map(
          (problem) => `subscriber ${subscriber.name}: ${problem}`,
        );
      }),
      ...this.publishers.flatMap(({ name, direct, publisher: { unanswered } }) =>
        direct && unanswered > 0 ? [`publisher ${name}: ${unanswered} calls had no answer`] : [],
      ),
    ];
  }

  /** Lines for people. */
  get summary(): string[] {
    return [
      ...this.publishers.map(
        ({ name, publisher: { codes, slowestMs } }) =>
          `publisher ${name}: ${inWords(codes)}; slowest answer ${Math.round(slowestMs)} ms`,
      ),
      ...this.subscribers.map(({ subscriber: { name, coverage, closes } }) => {
        const causes = new Map<string, number>();
        for (const { cause } of coverage.markers) causes.set(cause, (causes.get(cause) ?? 0) + 1);
        return `subscriber ${name}: ${coverage.received} received; gaps: ${inWords(causes)}; closes: ${inWords(closes)}`;
      }),
    ];
  }
}

async function allLive(subscribers: readonly LoadSubscriber[]): Promise<void> {
  await Promise.all(subscribers.map(({ subscriber }) => subscriber.until(() => subscriber.isLive)));
}

function inWords(counts: ReadonlyMap<string | number, number>): string {
  return [...counts].map(([what, count]) => `${what} ${count}`).join(", ") || "none";
}
