import { connect } from "amqplib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { PUBLISH_BATCH } from "../conformance/graphql/support/documents.ts";
import type { Operation } from "../conformance/graphql/support/operation.ts";
import { ProtocolSocket } from "../conformance/graphql/support/protocol-socket.ts";
import { dataOf, eventOf } from "../conformance/graphql/support/user.ts";
import { eventually } from "../harness/eventually.ts";
import { startGatewayProcess, type GatewayProcess } from "../harness/gateway-process.ts";
import { httpClient } from "../harness/load/graphql-client.ts";
import { startPrivateRabbitMq } from "../harness/rabbitmq/private.ts";
import type { PrivateRabbitMq } from "../harness/rabbitmq/rabbitmq.ts";
import { tapQueuesAmong } from "../harness/rabbitmq/tap-queues.ts";
import { topologyOf } from "../harness/rabbitmq/topology.ts";
import { measured, shortOrLong } from "./support/measured.ts";

/** CROWD=10000 is what the faults' lines say; each is a socket here and one in the gateway (see `ulimit -n`). */
const CLIENTS = Number(process.env["CROWD"] ?? shortOrLong(1_000, 10_000));
const PATTERNS = Math.min(100, CLIENTS);
/** Of clients that dial at the same moment; the others are in the system's queue for its port. */
const AT_ONCE = 250;
const KIB = 1_024;

/** The little that this many clients can ask for without the test being the load. */
const FEED = /* GraphQL */ `
  subscription ($routingPatterns: [String!]) {
    feed(exchange: "amq.topic", routingPatterns: $routingPatterns) {
      __typename
      ... on Message {
        routingKey
      }
      ... on Gap {
        cause
      }
    }
  }
`;

interface Client {
  readonly socket: ProtocolSocket;
  readonly feed: Operation;
  readonly routingKey: string;
}

let rabbitMq: PrivateRabbitMq;
let gateway: GatewayProcess;
let clients: Client[] = [];

beforeAll(async () => {
  rabbitMq = await startPrivateRabbitMq();
  const { amqpUrl, managementUrl } = rabbitMq;
  gateway = await startGatewayProcess({ "amqp-url": amqpUrl, "management-url": managementUrl });
});
afterAll(async () => {
  for (const { socket } of clients) socket.socket.terminate();
  await gateway.close();
  await rabbitMq.dispose();
});

async function subscribed(place: number): Promise<Client> {
  const routingKey = `pattern.${place % PATTERNS}`;
  const socket = await ProtocolSocket.open(gateway.wsUrl);
  const feed = socket.subscribe(FEED, { routingPatterns: [routingKey] });
  expect(eventOf(await feed.next())).toEqual({ __typename: "Live" });
  return { socket, feed, routingKey };
}

/** All clients, as fast as they are let in; with how long that took, in milliseconds. */
async function crowd(): Promise<{ clients: Client[]; tookMs: number }> {
  const startedAt = performance.now();
  const arrived: Client[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next < CLIENTS) arrived.push(await subscribed(next++));
    }),
  );
  return { clients: arrived, tookMs: performance.now() - startedAt };
}

/** Each client gets the one message of its pattern, and nothing else. */
async function eachGetsItsOwn(): Promise<void> {
  const publisher = httpClient(gateway.graphqlUrl);
  const inputs = Array.from({ length: PATTERNS }, (_, place) => ({
    exchange: "amq.topic",
    routingKey: `pattern.${place}`,
    body: { text: "x" },
  }));
  dataOf(await publisher.execute(PUBLISH_BATCH, { inputs }, AbortSignal.timeout(10_000)));
  publisher.close();
  for (const { feed, routingKey } of clients)
    expect(eventOf(await feed.next())).toEqual({ __typename: "Message", routingKey });
}

const churn = z.object({
  churn_rates: z.object({ queue_declared: z.number(), connection_closed: z.number() }),
});

/**
 * How often queues have been declared. The broker's statistics lag: a connection that is closed now is counted after
 * everything before.
 */
async function declarations(): Promise<number> {
  const counted = async () => churn.parse(await rabbitMq.management("/api/overview")).churn_rates;
  const before = await counted();
  await (await connect(rabbitMq.amqpUrl)).close();
  return await eventually(
    async () => {
      const after = await counted();
      expect(after.connection_closed).toBeGreaterThan(before.connection_closed);
      return after.queue_declared;
    },
    { timeoutMs: 20_000, intervalMs: 100 },
  );
}

test(
  `fault 53: ${CLIENTS} idle subscriptions on ${PATTERNS} patterns are ${PATTERNS} queues`,
  { timeout: 180_000 },
  async () => {
    const before = await gateway.read();
    const arrived = await crowd();
    clients = arrived.clients;
    const after = await gateway.read();
    const perClient = (after.rssBytes - before.rssBytes) / CLIENTS / KIB;
    measured(
      "53",
      `${CLIENTS} subscriptions live after ${Math.round(arrived.tookMs)} ms, ${perClient.toFixed(1)} KiB resident each`,
    );
    expect(tapQueuesAmong(await topologyOf(rabbitMq).queues()).length).toBeLessThanOrEqual(
      PATTERNS,
    );
    expect(arrived.tookMs).toBeLessThan(60_000);
    expect(perClient).toBeLessThan(100);
    await eachGetsItsOwn();
  },
);

test(
  `fault 55: ${CLIENTS} clients dropped at once are back within 60 s, and the broker is asked for few queues`,
  { timeout: 180_000 },
  async () => {
    const before = await declarations();
    const closed = clients.map(({ socket }) => socket.closed);
    for (const { socket } of clients) socket.socket.terminate();
    await Promise.all(closed);
    const arrived = await crowd();
    clients = arrived.clients;
    const declared = (await declarations()) - before;
    measured(
      "55",
      `${CLIENTS} clients live again after ${Math.round(arrived.tookMs)} ms, ${declared} queues declared`,
    );
    expect(arrived.tookMs).toBeLessThan(60_000);
    expect(declared).toBeLessThanOrEqual(3 * PATTERNS);
    expect(clients.filter(({ socket }) => !socket.isOpen)).toEqual([]);
    await eachGetsItsOwn();
  },
);
