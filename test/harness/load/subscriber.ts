import { setTimeout as wait } from "node:timers/promises";
import type { FormattedExecutionResult } from "graphql";
import type { ProtocolSocket } from "../../conformance/graphql/support/protocol-socket.ts";
import { Coverage } from "./coverage.ts";
import { openSocket } from "./graphql-client.ts";

const FEED = /* GraphQL */ `
  subscription Feed($exchange: String!, $routingPatterns: [String!]) {
    feed(exchange: $exchange, routingPatterns: $routingPatterns) {
      kind: __typename
      ... on Live {
        since
      }
      ... on Message {
        text
        receivedAt
      }
      ... on Gap {
        cause
        from
        until
      }
    }
  }
`;

interface Event {
  readonly kind: string;
  readonly since?: string;
  readonly text?: string;
  readonly receivedAt?: string;
  readonly cause?: string;
  readonly from?: string | null;
  readonly until?: string | null;
}

/** Between the end of a socket, or a refusal, and the next try. */
const AGAIN_MS = 100;

export interface SubscriberOptions {
  readonly name: string;
  readonly wsUrl: string;
  readonly exchange: string;
  readonly routingPatterns: readonly string[];
  /** A socket on which nothing is heard for so long, not even a ping, is given up. */
  readonly silenceMs: number;
}

/** A client that subscribes, and again when its connection is lost, and keeps account of what it is told. */
export class Subscriber {
  readonly name: string;
  readonly coverage = new Coverage();
  /** What must not happen to a subscription. */
  readonly problems: string[] = [];
  /** How often sockets ended with each close code. */
  readonly closes = new Map<number, number>();
  readonly #options: SubscriberOptions;
  readonly #stopping = new AbortController();
  readonly #waiting = new Set<() => void>();
  readonly #done: Promise<void>;
  #isLive = false;
  /** When the gateway had what was heard last; a network that stalls may have held it back since. */
  #lastEventAt = Date.now();
  #wasLive = false;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.name = options.name;
    this.#done = this.#run();
  }

  get isLive(): boolean {
    return this.#isLive;
  }

  /** Resolves as soon as `done` is true; looked at again after every event. */
  until(done: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!done()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#session();
      } catch {
        // Its connection, or the attempt to have one, was lost.
      }
      this.#isLive = false;
      await wait(AGAIN_MS, undefined, { signal }).catch(() => {});
    }
  }

  async #session(): Promise<void> {
    const { wsUrl, exchange, routingPatterns, silenceMs } = this.#options;
    const socket = await openSocket(wsUrl, AbortSignal.timeout(silenceMs));
    const stopWatching = this.#watch(socket);
    try {
      const feed = socket.subscribe(FEED, { exchange, routingPatterns });
      for (;;) {
        const result = await feed.next();
        socket.texts.length = 0;
        if (!this.#told(result)) return;
      }
    } catch (error) {
      if (socket.isOpen && !this.#stopping.signal.aborted) this.problems.push(String(error));
    } finally {
      stopWatching();
      const isOurs = socket.isOpen || this.#stopping.signal.aborted;
      socket.socket.terminate();
      const { code } = await socket.closed;
      if (!isOurs) this.closes.set(code, (this.closes.get(code) ?? 0) + 1);
    }
  }

  /** False where the subscription was refused, or is over. */
  #told({ data, errors }: FormattedExecutionResult): boolean {
    const event = data?.["feed"] as Event | undefined;
    if (errors || !event) {
      if (this.#isLive) this.problems.push(`A live feed ended with ${JSON.stringify(errors)}`);
      return false;
    }
    if (event.kind === "Live") this.#live(Date.parse(event.since ?? ""));
    if (event.kind === "Gap")
      this.coverage.marker({
        cause: event.cause ?? "",
        from: Date.parse(event.from ?? ""),
        until: Date.parse(event.until ?? ""),
      });
    if (event.kind === "Message") {
      const [publisher = "", number] = (event.text ?? "").split(":");
      this.coverage.message(publisher, Number(number));
    }
    this.#lastEventAt = Date.parse(event.since ?? event.until ?? event.receivedAt ?? "");
    for (const look of this.#waiting) look();
    return true;
  }

  #live(since: number): void {
    if (this.#isLive) this.problems.push("A feed said Live twice");
    if (this.#wasLive)
      this.coverage.marker({ cause: "AWAY", from: this.#lastEventAt, until: since });
    this.#isLive = this.#wasLive = true;
  }

  /** Gives the socket up when nothing is heard of it, or when this subscriber is stopped. */
  #watch({ socket }: ProtocolSocket): () => void {
    const { silenceMs } = this.#options;
    const giveUp = () => socket.terminate();
    const silence = setTimeout(giveUp, silenceMs);
    const heard = () => void silence.refresh();
    socket.on("ping", heard).on("message", heard);
    this.#stopping.signal.addEventListener("abort", giveUp, { once: true });
    return () => {
      clearTimeout(silence);
      this.#stopping.signal.removeEventListener("abort", giveUp);
    };
  }
}
