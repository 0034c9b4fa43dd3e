import { createClient, type Client } from "graphql-ws";
import { WebSocket } from "ws";
import { Inbox } from "../conformance/graphql/support/inbox.ts";
import { eventually } from "../harness/eventually.ts";
import { executeOverHttp } from "../harness/gateway.ts";
import { startGatewayProcess, type GatewayProcess } from "../harness/gateway-process.ts";
import { metricOf } from "../harness/metric.ts";
import { expectBackAt } from "../harness/process-baseline.ts";
import { seeded } from "../harness/random.ts";
import { FUZZED_EXCHANGE } from "./conversation.ts";
import { mutatedConversation } from "./mutated-conversation.ts";
import { session } from "./session.ts";

export interface FuzzOptions {
  readonly seed: number;
  readonly frames: number;
  readonly print: (line: string) => void;
}

/** Sockets at a time. */
const ABREAST = 8;
/** Sockets between two looks at the neighbour. */
const LOOK_EVERY = 100;
const NEIGHBOUR = "neighbour";

/**
 * Says to a gateway what is nearly the protocol, over many sockets, beside a client that does nothing wrong.
 * @returns What was not as it should be: a crash, a complaint in the log, a socket that is left, memory that is
 *   kept, a message that the neighbour has missed.
 */
export async function fuzz({ seed, frames, print }: FuzzOptions): Promise<readonly string[]> {
  const gateway = await startGatewayProcess({ "log-level": "info" });
  try {
    for (const name of [FUZZED_EXCHANGE, NEIGHBOUR]) await declare(gateway, name);
    const neighbour = new Neighbour(gateway);
    await neighbour.live();
    // Whatever a first time makes grow has grown.
    await say(gateway, neighbour, { seed: seed ^ 1, frames: Math.min(frames, 2_000) });
    await left(gateway);
    const before = await gateway.read();
    const sockets = await say(gateway, neighbour, { seed, frames });
    await left(gateway);
    await eventually(async () => expectBackAt(before, await gateway.read()), { timeoutMs: 20_000 });
    print(`seed ${seed}: ${frames} frames over ${sockets} sockets; the neighbour missed nothing`);
    await neighbour.leave();
    return [...gateway.complaints];
  } catch (error) {
    return [String(error), ...gateway.complaints, gateway.log.slice(-2_000)];
  } finally {
    await gateway.close();
  }
}

async function say(
  gateway: GatewayProcess,
  neighbour: Neighbour,
  { seed, frames }: { seed: number; frames: number },
): Promise<number> {
  const port = Number(new URL(gateway.url).port);
  let said = 0;
  let sockets = 0;
  async function speaker(): Promise<void> {
    while (said < frames) {
      const number = sockets++;
      // A seed for each socket: any one of them can be had again by itself.
      const random = seeded(Math.imul(seed, 0x9e_37_79_b1) + number);
      const conversation = mutatedConversation(random);
      said += conversation.frames;
      await session(port, conversation, random).catch((error: unknown) => {
        throw new Error(`socket ${number} of seed ${seed}: ${String(error)}`);
      });
      if (number % LOOK_EVERY === 0) await neighbour.look(number);
    }
  }
  await Promise.all(Array.from({ length: ABREAST }, speaker));
  return sockets;
}

/** Resolves when nothing of the fuzzer's is left in the gateway but the neighbour. */
async function left(gateway: GatewayProcess): Promise<void> {
  await eventually(
    async () => {
      for (const [series, count] of [
        ["rabbitql_sockets", 1],
        ["rabbitql_subscribers", 1],
        ["rabbitql_taps", 1],
        ["rabbitql_operations", 0],
      ] as const) {
        const found = await metricOf(gateway, series);
        if (found !== count) throw new Error(`${series} is ${found} and not ${count}`);
      }
    },
    { timeoutMs: 20_000 },
  );
}

async function declare({ graphqlUrl }: GatewayProcess, name: string): Promise<void> {
  const query = `mutation ($input: DeclareExchangeInput!) { declareExchange(input: $input) { name } }`;
  const { errors } = await executeOverHttp(graphqlUrl, query, { input: { name, type: "FANOUT" } });
  if (errors) throw new Error(JSON.stringify(errors));
}

/** A subscriber that does nothing wrong, on one socket from the beginning to the end. */
class Neighbour {
  readonly #gateway: GatewayProcess;
  readonly #client: Client;
  readonly #received = new Inbox<unknown>();
  #looking: Promise<void> = Promise.resolve();

  constructor(gateway: GatewayProcess) {
    this.#gateway = gateway;
    this.#client = createClient({ url: gateway.wsUrl, webSocketImpl: WebSocket, retryAttempts: 0 });
    const over = (why: unknown) =>
      this.#received.end(new Error(`the neighbour's feed ended: ${String(why)}`));
    this.#client.subscribe<{ feed: { kind: string; json?: unknown } }>(
      {
        query: `subscription { feed(exchange: "${NEIGHBOUR}") { kind: __typename ... on Message { json } } }`,
      },
      {
        next: ({ data }) => this.#received.put(data?.feed.json ?? data?.feed.kind),
        error: (error) => over(JSON.stringify(error)),
        complete: () => over("completed"),
      },
    );
  }

  async live(): Promise<void> {
    await this.#next("Live");
  }

  /** It receives `number`, published now, as the very next. */
  look(number: number): Promise<void> {
    return (this.#looking = this.#looking.then(() => this.#lookNow(number)));
  }

  async leave(): Promise<void> {
    await this.#client.dispose();
  }

  async #lookNow(number: number): Promise<void> {
    const query = `mutation ($json: JSON!) { publish(input: { exchange: "${NEIGHBOUR}", body: { json: $json } }) { routed } }`;
    const { errors } = await executeOverHttp(this.#gateway.graphqlUrl, query, { json: number });
    if (errors) throw new Error(JSON.stringify(errors));
    await this.#next(number);
  }

  async #next(expected: unknown): Promise<void> {
    const received = await this.#received.take();
    if (received !== expected)
      throw new Error(
        `the neighbour got ${JSON.stringify(received)} instead of ${JSON.stringify(expected)}`,
      );
  }
}
