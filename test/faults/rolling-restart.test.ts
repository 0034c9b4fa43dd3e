import { Agent, request, type IncomingMessage } from "node:http";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { ProtocolSocket } from "../conformance/graphql/support/protocol-socket.ts";
import { liveFeed } from "../conformance/graphql/support/user.ts";
import { Books, expectBalanced } from "../harness/books.ts";
import { drainQueue } from "../harness/drain-queue.ts";
import { declareDurableQueues } from "../harness/durable-queue.ts";
import { eventually } from "../harness/eventually.ts";
import { freePorts } from "../harness/free-ports.ts";
import type { GatewayProcess } from "../harness/gateway-process.ts";
import { httpClient, webSocketClient, type GraphqlClient } from "../harness/load/graphql-client.ts";
import { Publisher } from "../harness/load/publisher.ts";
import { sharedRabbitMq } from "../harness/rabbitmq/shared.ts";
import { createVirtualHost } from "../harness/rabbitmq/virtual-host.ts";
import { startTcpProxy } from "../harness/tcp-proxy.ts";
import { measured } from "./support/measured.ts";
import { probedGateway } from "./support/probed-gateway.ts";

const SOCKETS = 200;
const SPREAD_MS = 2_000;
const DRAIN_MS = 8_000;
const CLOSE_MS = 1_000;
/** How long a publish takes while an instance leaves. */
const IN_FLIGHT_MS = 300;
const SERVICE_RESTART = 1012;

/** Asks one instance until it does not answer or says that it stops, and then the other, as a balancer does. */
class Balancer implements GraphqlClient {
  readonly #clients: readonly GraphqlClient[];
  /** Whom it asks: the place of an instance. */
  current = 0;

  constructor(clients: readonly GraphqlClient[]) {
    this.#clients = clients;
  }

  async execute(query: string, variables: Record<string, unknown>, signal: AbortSignal) {
    const client = this.#clients[this.current];
    if (!client) throw new Error("There is no such instance");
    try {
      const result = await client.execute(query, variables, signal);
      if (result.errors?.[0]?.extensions?.["code"] === "BROKER_UNAVAILABLE") this.#turn();
      return result;
    } catch (error) {
      this.#turn();
      throw error;
    }
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }

  #turn(): void {
    this.current = (this.current + 1) % this.#clients.length;
  }
}

test(
  "fault 56: a rolling restart of two instances under load loses nothing that was confirmed",
  { timeout: 120_000 },
  async () => {
    const rabbitMq = await createVirtualHost(sharedRabbitMq());
    onTestFinished(() => rabbitMq.dispose());
    const { amqpUrl } = rabbitMq;
    const proxied = new URL(amqpUrl);
    const proxy = await startTcpProxy({ host: proxied.hostname, port: Number(proxied.port) });
    onTestFinished(() => proxy.close());
    proxied.host = `127.0.0.1:${proxy.port}`;
    const [exchange, queue] = ["orders", "orders.all"];
    await declareDurableQueues(amqpUrl, { exchange, queue });
    const ports = await freePorts(2);
    const start = (port: number) =>
      probedGateway({
        "amqp-url": proxied.href,
        port,
        "drain-timeout-ms": DRAIN_MS,
        "drain-spread-ms": SPREAD_MS,
        "close-timeout-ms": CLOSE_MS,
      });
    const instances = await Promise.all(ports.map(start));

    const books = new Books(queue);
    const balancers = Array.from(
      { length: 10 },
      (_, place) =>
        new Balancer(
          instances.map(({ graphqlUrl, wsUrl }) =>
            place % 2 === 0 ? httpClient(graphqlUrl) : webSocketClient(wsUrl),
          ),
        ),
    );
    const publishers = balancers.map(
      (client, place) =>
        new Publisher({
          name: `publisher-${place}`,
          client,
          books: [books],
          exchange,
          routingKey: "order",
          everyMs: 10,
          patienceMs: 10_000,
          retries: place % 3 === 0,
        }),
    );
    const flows = () => Promise.all(publishers.map((publisher) => publisher.nextAcknowledged()));
    await flows();

    for (const [place, port] of ports.entries()) {
      const leaving = instances[place];
      if (!leaving) throw new Error("There is no instance");
      const subscribers = await subscribersOf(leaving);
      // From here on each publisher has something in flight, nearly always.
      proxy.delay(IN_FLIGHT_MS / 2);
      for (const balancer of balancers) balancer.current = place;
      await flows();
      const left = await leave(leaving, subscribers, publishers);
      proxy.delay(0);
      measured(
        "56",
        `exit ${left.exitCode} after ${Math.round(left.ms)} ms, ${SOCKETS} sockets closed with ` +
          `${[...new Set(left.codes)].join(", ")} over ${Math.round(left.spreadMs)} ms; ` +
          `${left.inFlight} publishes were in flight, ${left.unanswered} had no answer`,
      );
      expect(left.exitCode).toBe(0);
      expect(left.ms).toBeLessThan(DRAIN_MS + CLOSE_MS);
      expect(left.readyAtOnce).not.toBe(200);
      expect(new Set(left.codes)).toEqual(new Set([SERVICE_RESTART]));
      // A socket has 10 ms of the window, so that all of it is taken; even but for chance.
      expect(left.spreadMs).toBeGreaterThan(0.7 * SPREAD_MS);
      expect(left.mostAtOnce).toBeLessThan(SOCKETS / 4);
      expect(left.unanswered).toBe(0);
      instances[place] = await start(port);
      await flows();
    }

    await Promise.all(publishers.map((publisher) => publisher.stop()));
    for (const id of await drainQueue(amqpUrl, queue)) books.received(id);
    expectBalanced(books);
    expect(books.balance.acknowledged).toBeGreaterThan(100);
  },
);

async function subscribersOf(instance: GatewayProcess): Promise<readonly ProtocolSocket[]> {
  return await Promise.all(
    Array.from({ length: SOCKETS }, async (_, place) => {
      const socket = await ProtocolSocket.open(instance.wsUrl);
      onTestFinished(() => socket.socket.terminate());
      await liveFeed(socket, { exchange: "amq.topic", routingPatterns: [`key.${place % 10}`] });
      return socket;
    }),
  );
}

/** Stops an instance while publishers go on, and says how it went. */
async function leave(
  instance: GatewayProcess,
  sockets: readonly ProtocolSocket[],
  publishers: readonly Publisher[],
) {
  const closedAt: number[] = [];
  const closing = sockets.map(async (socket) => {
    const { code } = await socket.closed;
    closedAt.push(performance.now());
    return code;
  });
  const readiness = await keptAlive(instance);

  const inFlight = await eventually(() => {
    // What has only just been sent may not have been read yet, as far as anybody knows.
    const sentBy = performance.now() - IN_FLIGHT_MS / 4;
    const found = publishers
      .flatMap(({ latest }) => latest ?? [])
      .filter(({ startedAt, code }) => startedAt < sentBy && code === undefined);
    expect(found.length).toBeGreaterThanOrEqual(publishers.length / 2);
    return found;
  });
  instance.signal("SIGTERM");
  const startedAt = performance.now();
  const readyAtOnce = await readiness.whenStopping();
  const codes = await Promise.all(closing);
  const exitCode = await instance.ended;
  const ms = performance.now() - startedAt;
  const first = Math.min(...closedAt);
  const perTenth = Array.from({ length: 10 }, (_, tenth) => {
    const from = first + (tenth * SPREAD_MS) / 10;
    return closedAt.filter((at) => at >= from && at < from + SPREAD_MS / 10).length;
  });
  return {
    codes,
    exitCode,
    ms,
    readyAtOnce,
    spreadMs: Math.max(...closedAt) - first,
    mostAtOnce: Math.max(...perTenth),
    inFlight: inFlight.length,
    unanswered: inFlight.filter(({ code }) => code === undefined || code === "LOST").length,
  };
}

/** A connection to /readyz that was there before, on which the gateway can still be asked. */
async function keptAlive({ url }: GatewayProcess) {
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const ask = async (): Promise<number> => {
    const asking = request(`${url}/readyz`, { agent });
    asking.on("error", () => {});
    asking.end();
    const [response] = (await once(asking, "response")) as [IncomingMessage];
    response.resume();
    await once(response, "end");
    return response.statusCode ?? 0;
  };
  expect(await ask()).toBe(200);
  return {
    /** 503 on the connection that is there, or nobody takes a new one; how soon is the caller's to see. */
    async whenStopping(): Promise<number | "refused"> {
      for (;;) {
        const status = await ask().catch(() => "refused" as const);
        if (status !== 200) return status;
      }
    },
  };
}
