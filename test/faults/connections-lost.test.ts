import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { BrokerAdapter } from "../../src/broker/adapter.ts";
import type { RabbitMqOptions } from "../../src/broker/rabbitmq/options.ts";
import { createRabbitMqAdapter } from "../../src/broker/rabbitmq/rabbitmq-adapter.ts";
import { resolveConfig } from "../../src/config/config.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { ProtocolSocket } from "../conformance/graphql/support/protocol-socket.ts";
import { declared, liveFeed, nextEvents, published } from "../conformance/graphql/support/user.ts";
import { dialledSockets } from "../harness/dialled-sockets.ts";
import { eventually } from "../harness/eventually.ts";
import { ready, startGateway } from "../harness/gateway.ts";
import { CONNECTIONS, timesOpened } from "../harness/metric.ts";
import { forceClose } from "../harness/rabbitmq/broker-user.ts";
import { sharedRabbitMq } from "../harness/rabbitmq/shared.ts";
import { startTcpProxy } from "../harness/tcp-proxy.ts";

/** Vitest fails the run over what nobody has caught; here it is seen in which test. */
const uncaught: Error[] = [];
const remember = (error: Error) => void uncaught.push(error);
beforeEach(() => void process.on("uncaughtExceptionMonitor", remember));
afterEach(() => {
  process.off("uncaughtExceptionMonitor", remember);
  if (uncaught.length > 0) throw new AggregateError(uncaught.splice(0), "Nobody caught these");
});

function opened(url: string, more: Partial<RabbitMqOptions> = {}): BrokerAdapter {
  const adapter = createRabbitMqAdapter({
    ...resolveConfig({ amqpUrl: url }),
    url,
    logger: createLogger({ level: "silent" }),
    ...more,
  });
  onTestFinished(() => adapter.close());
  adapter.open();
  return adapter;
}

const statesOf = (adapter: BrokerAdapter) => adapter.connections.map(({ state }) => state);
const ALL_CONNECTED = CONNECTIONS.map(() => "connected");

describe("fault 4: a connection that an operator closes", () => {
  test.for([...CONNECTIONS.entries()])(
    "%s %s: is back within 3 s, and the others do not notice",
    async ([place, name]) => {
      const gateway = await startGateway({ broker: "rabbitmq", instance: `forced-${name}` });
      onTestFinished(() => gateway.close());
      const { rabbitMq } = gateway;
      if (!rabbitMq) throw new Error("The gateway has no RabbitMQ");
      const exchange = await declared(gateway, "TOPIC");
      const socket = await ProtocolSocket.open(gateway.wsUrl);
      const feed = await liveFeed(socket, { exchange });

      expect(await forceClose(rabbitMq, new RegExp(`^rabbitql forced-${name} ${name}$`))).toBe(1);
      const expected = CONNECTIONS.map(() => 1).with(place, 2);
      await eventually(async () => expect(await timesOpened(gateway)).toEqual(expected), {
        timeoutMs: 3_000,
      });
      await ready(gateway);

      const gaps = name === "consuming" ? [{ __typename: "Gap", cause: "RECONNECTED" }] : [];
      expect(await nextEvents(feed, gaps.length)).toMatchObject(gaps);
      await published(gateway, { exchange, routingKey: "after" });
      expect(await nextEvents(feed, 1)).toMatchObject([{ routingKey: "after", gap: null }]);
      expect(await timesOpened(gateway)).toEqual(expected);
      await declared(gateway, "TOPIC");
      await socket.close();
    },
  );
});

describe("fault 7: a broker's port that accepts and never speaks", () => {
  const accepted: Socket[] = [];

  async function silentPort(): Promise<{ url: string; port: number }> {
    const server = createServer((socket) => {
      accepted.push(socket.resume().on("error", () => {}));
      server.emit("accepted");
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    onTestFinished(() => {
      for (const socket of accepted.splice(0)) socket.destroy();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    return { url: `amqp://127.0.0.1:${port}`, port };
  }

  test("is given up on in time, told, and tried again after the backoff", async () => {
    const { url, port } = await silentPort();
    const dialled = dialledSockets(port);
    onTestFinished(dialled.stop);
    const times = { connectTimeoutMs: 300, reconnectMinMs: 100, reconnectMaxMs: 200 };
    const adapter = opened(url, times);
    // The first dial and the next of each connection.
    await eventually(() =>
      expect(dialled.all.length).toBeGreaterThanOrEqual(2 * CONNECTIONS.length),
    );
    expect(adapter.connections.map(({ reason }) => reason)).toEqual(
      CONNECTIONS.map(() => "The broker does not answer"),
    );
    const [first = 0, second = 0] = dialled.times;
    const last = dialled.times[CONNECTIONS.length - 1] ?? 0;
    const nextOnes = dialled.times.slice(CONNECTIONS.length, 2 * CONNECTIONS.length);
    expect(last - first).toBeLessThan(200);
    for (const next of nextOnes) {
      expect(next - first).toBeGreaterThanOrEqual(times.connectTimeoutMs);
      expect(next - second).toBeLessThan(times.connectTimeoutMs + times.reconnectMaxMs + 500);
    }
    for (const socket of dialled.all.slice(0, CONNECTIONS.length))
      expect(socket.destroyed).toBe(true);
  });

  test("does not hold up the end, and nothing stays open", async () => {
    const { url, port } = await silentPort();
    const dialled = dialledSockets(port);
    onTestFinished(dialled.stop);
    const adapter = opened(url, { connectTimeoutMs: 60_000 });
    await eventually(() => expect(accepted).toHaveLength(CONNECTIONS.length));
    const before = performance.now();
    await adapter.close();
    expect(performance.now() - before).toBeLessThan(1_000);
    expect(dialled.all).toHaveLength(CONNECTIONS.length);
    expect(dialled.open).toEqual([]);
    await eventually(() => expect(accepted.filter(({ closed }) => !closed)).toEqual([]));
  });
});

describe("fault 8: an established connection that falls silent", () => {
  const HEARTBEAT_SECONDS = 2;

  test("is noticed within three heartbeats, its socket destroyed, and it is back once there is a way", async () => {
    const { hostname, port } = new URL(sharedRabbitMq().amqpUrl);
    const proxy = await startTcpProxy({ host: hostname, port: Number(port) });
    onTestFinished(() => proxy.close());
    const proxied = new URL(sharedRabbitMq().amqpUrl);
    proxied.host = `127.0.0.1:${proxy.port}`;
    const dialled = dialledSockets(proxy.port);
    onTestFinished(dialled.stop);
    const adapter = opened(proxied.href, {
      heartbeatSeconds: HEARTBEAT_SECONDS,
      connectTimeoutMs: 1_000,
    });
    await eventually(() => expect(statesOf(adapter)).toEqual(ALL_CONNECTED));
    const established = [...dialled.all];
    expect(established).toHaveLength(CONNECTIONS.length);

    proxy.poison("both", { blackhole: true });
    const silentSince = performance.now();
    const noticed = () => {
      expect(adapter.connections.filter(({ state }) => state === "connected")).toEqual([]);
    };
    await eventually(noticed, { timeoutMs: 4 * HEARTBEAT_SECONDS * 1_000 });
    // Timers are late by a little on a machine with more to do.
    const within = 3 * HEARTBEAT_SECONDS * 1_000 + 500;
    expect(performance.now() - silentSince).toBeLessThanOrEqual(within);
    expect(new Set(adapter.connections.map(({ reason }) => reason))).toEqual(
      new Set(["The broker does not answer"]),
    );
    const destroyed = () => {
      expect(established.filter((socket) => !socket.destroyed)).toEqual([]);
    };
    await eventually(destroyed, { timeoutMs: 1_000 });

    await proxy.heal();
    await eventually(() => expect(statesOf(adapter)).toEqual(ALL_CONNECTED), { timeoutMs: 5_000 });
    // Those that were dialled into the silence are gone too.
    expect(dialled.open).toHaveLength(CONNECTIONS.length);
  });
});
