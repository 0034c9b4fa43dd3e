import { randomUUID } from "node:crypto";
import { Books } from "../../harness/books.ts";
import { drainQueue } from "../../harness/drain-queue.ts";
import { declareDurableQueues } from "../../harness/durable-queue.ts";
import { httpClient, webSocketClient } from "../../harness/load/graphql-client.ts";
import { Publisher } from "../../harness/load/publisher.ts";

export interface LoadOptions {
  readonly graphqlUrl: string;
  readonly wsUrl: string;
  /** Past the gateway, to declare and to read the queue. */
  readonly amqpUrl: string;
  readonly publishers: number;
  readonly everyMs: number;
  /** See {@link Publisher}. */
  readonly patienceMs: number;
}

/** Publishers to a durable queue, and its books. */
export interface Load {
  readonly publishers: readonly Publisher[];
  readonly books: Books;
  /** Resolves when each has had a message acknowledged of which the first attempt is after this call. */
  flows(): Promise<void>;
  /** Stops them and enters what is in the queue in the books. */
  settle(): Promise<void>;
  /** The longest that an answer has taken, in milliseconds. */
  readonly slowestMs: number;
  readonly unanswered: number;
  /** How often each code was answered, in words. */
  readonly codes: string;
}

/** Over HTTP and WebSocket in turn; every third retries what is not acknowledged, with its id. */
export async function publishingLoad(options: LoadOptions): Promise<Load> {
  const { graphqlUrl, wsUrl, amqpUrl, everyMs, patienceMs } = options;
  const [exchange, queue] = ["orders", "orders.all"];
  await declareDurableQueues(amqpUrl, { exchange, queue });
  const books = new Books(queue);
  // A gateway remembers the ids of an earlier load.
  const run = randomUUID().slice(0, 8);
  const publishers = Array.from(
    { length: options.publishers },
    (_, place) =>
      new Publisher({
        name: `${run}-${place}`,
        client: place % 2 === 0 ? httpClient(graphqlUrl) : webSocketClient(wsUrl),
        books: [books],
        exchange,
        routingKey: `order.${place}`,
        everyMs,
        patienceMs,
        retries: place % 3 === 0,
      }),
  );
  const sum = (of: (publisher: Publisher) => number) =>
    publishers.reduce((total, publisher) => total + of(publisher), 0);
  return {
    publishers,
    books,
    async flows() {
      await Promise.all(publishers.map((publisher) => publisher.nextAcknowledged()));
    },
    async settle() {
      await Promise.all(publishers.map((publisher) => publisher.stop()));
      for (const id of await drainQueue(amqpUrl, queue)) books.received(id);
    },
    get slowestMs() {
      return Math.max(...publishers.map((publisher) => publisher.slowestMs));
    },
    get unanswered() {
      return sum(({ unanswered }) => unanswered);
    },
    get codes() {
      const all = new Set(publishers.flatMap((publisher) => [...publisher.codes.keys()]));
      return [...all]
        .map((code) => `${code} ${sum(({ codes }) => codes.get(code) ?? 0)}`)
        .join(", ");
    },
  };
}
