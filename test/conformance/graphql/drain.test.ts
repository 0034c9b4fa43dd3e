import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { createGateway } from "../../../src/gateway.ts";
import { drainQueue } from "../../harness/drain-queue.ts";
import { eventually } from "../../harness/eventually.ts";
import { BROKERS, startGateway } from "../../harness/gateway.ts";
import { sharedRabbitMq } from "../../harness/rabbitmq/shared.ts";
import { tapQueuesAmong } from "../../harness/rabbitmq/tap-queues.ts";
import { topologyOf } from "../../harness/rabbitmq/topology.ts";
import { createVirtualHost } from "../../harness/rabbitmq/virtual-host.ts";
import { BROKER_STATE, PUBLISH } from "./support/documents.ts";
import { gatewayBehindProxy } from "./support/gateway-behind-proxy.ts";
import { ProtocolSocket } from "./support/protocol-socket.ts";
import { openSse } from "./support/sse-stream.ts";
import { codesOf, dataOf, declared, liveFeed, published } from "./support/user.ts";
import { declaredQueue, nextDeliveries, queued, work } from "./support/work.ts";

describe.for(BROKERS)("a gateway that stops, over %s", (broker) => {
  test("closes every socket with 1012, whatever runs on it", async () => {
    const gateway = await startGateway({ broker });
    onTestFinished(() => gateway.close());
    const exchange = await declared(gateway, "TOPIC");
    const sockets = await Promise.all(
      Array.from({ length: 10 }, () => ProtocolSocket.open(gateway.wsUrl)),
    );
    const [first] = sockets;
    if (first) await liveFeed(first, { exchange });
    const uninitialised = await ProtocolSocket.connect(gateway.wsUrl);

    await gateway.gateway.close();
    const closed = await Promise.all([...sockets, uninitialised].map((socket) => socket.closed));
    expect(new Set(closed.map(({ code }) => code))).toEqual(new Set([1012]));
  });

  test("ends event streams, and answers nobody after that", async () => {
    const gateway = await startGateway({ broker });
    onTestFinished(() => gateway.close());
    const stream = await openSse(gateway, "subscription { broker { state } }");
    await stream.next();
    await gateway.gateway.close();
    await stream.ended;
    await expect(fetch(gateway.url)).rejects.toThrow("fetch failed");
    await expect(ProtocolSocket.connect(gateway.wsUrl)).rejects.toThrow("ECONNREFUSED");
  });

  test("closes once, however often it is asked to", async () => {
    const gateway = await startGateway({ broker });
    onTestFinished(() => gateway.close());
    await Promise.all([gateway.gateway.close(), gateway.gateway.close()]);
    expect(gateway.gateway.status.state).toBe("closed");
  });
});

describe("while a publish is under way", () => {
  test("it is answered before its socket is closed; what comes later is refused", async () => {
    const { gateway, proxy } = await gatewayBehindProxy();
    const exchange = await declared(gateway, "TOPIC");
    const socket = await ProtocolSocket.open(gateway.wsUrl);
    proxy.stall(true);
    const publish = socket.subscribe(PUBLISH, { input: { exchange, body: { text: "last" } } });
    // Operations of a socket start in order, so that the publish runs once this is answered.
    await socket.execute(BROKER_STATE);

    const closing = gateway.gateway.close();
    const late = await socket.execute(BROKER_STATE);
    expect(codesOf(late)).toEqual(["BROKER_UNAVAILABLE"]);
    expect(late.errors?.[0]?.message).toMatch(/stopping/);
    expect(publish.results.size).toBe(0);

    proxy.stall(false);
    expect(await publish.next()).toMatchObject({ data: { publish: { exchange } } });
    expect(await publish.ended).toBe("complete");
    expect(await socket.closed).toMatchObject({ code: 1012 });
    await closing;
  });

  test("work is settled on sockets that are still open, and is not done again", async () => {
    const { gateway, proxy, rabbitMq } = await gatewayBehindProxy();
    const queue = await declaredQueue(gateway);
    await queued(gateway, queue, "acked", "given up", "left");
    const socket = await ProtocolSocket.open(gateway.wsUrl);
    const ids = (await nextDeliveries(work(socket, queue), 3)).map(({ id }) => id);
    const [a, b, c] = ids;
    proxy.stall(true);
    const input = { exchange: "amq.topic", body: { text: "last" } };
    const publish = socket.subscribe(PUBLISH, { input });
    await socket.execute(BROKER_STATE);

    const closing = gateway.gateway.close();
    const mixed = 'mutation ($c: [ID!]!) { ack(deliveryIds: $c) purgeQueue(name: "any") }';
    expect(codesOf(await socket.execute(mixed, { c }))).toEqual(["BROKER_UNAVAILABLE"]);
    const settle =
      "mutation ($a: [ID!]!, $b: [ID!]!) { ack(deliveryIds: $a) nack(deliveryIds: $b) }";
    expect(dataOf(await socket.execute(settle, { a, b }))).toEqual({ ack: [a], nack: [b] });

    proxy.stall(false);
    expect(await publish.ended).toBe("complete");
    expect(await socket.closed).toMatchObject({ code: 1012 });
    await closing;
    expect(await drainQueue(rabbitMq.amqpUrl, queue)).toHaveLength(1);
  });

  test("over HTTP, it is answered", async () => {
    const { gateway, proxy } = await gatewayBehindProxy();
    const exchange = await declared(gateway, "TOPIC");
    const socket = await ProtocolSocket.open(gateway.wsUrl);
    proxy.stall(true);
    const publish = published(gateway, { exchange, routingKey: "last" });
    await eventually(async () => {
      const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
      expect(metrics).toMatch(/^rabbitql_operations 1$/m);
    });
    const closing = gateway.gateway.close();
    await expect(ProtocolSocket.connect(gateway.wsUrl)).rejects.toThrow("ECONNREFUSED");
    proxy.stall(false);
    expect(await publish).toMatchObject({ exchange, routingKey: "last" });
    expect(await socket.closed).toMatchObject({ code: 1012 });
    await closing;
  });

  test("a broker that never answers holds the gateway for its drain timeout alone", async () => {
    const { gateway, proxy } = await gatewayBehindProxy({
      drainTimeoutMs: 300,
      closeTimeoutMs: 300,
      rpcTimeoutMs: 300,
    });
    const exchange = await declared(gateway, "TOPIC");
    const socket = await ProtocolSocket.open(gateway.wsUrl);
    await liveFeed(socket, { exchange });
    proxy.stall(true);
    socket.subscribe(PUBLISH, { input: { exchange, body: { text: "never" } } });
    await socket.execute(BROKER_STATE);

    const startedAt = performance.now();
    await gateway.gateway.close();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(await socket.closed).toMatchObject({ code: 1012 });
  });
});

test("in a server of somebody's own, it refuses what comes later, and says why", async () => {
  const gateway = createGateway({ logLevel: "silent" });
  const server = createServer((request, response) => gateway.handleRequest(request, response));
  server.on("upgrade", (request, socket, head) => gateway.handleUpgrade(request, socket, head));
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(async () => void (await once(server.close(), "close")));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const answer = async (path: string) => {
    const response = await fetch(`${url}${path}`);
    return { status: response.status, body: await response.json() };
  };
  expect(await answer("/readyz")).toEqual({ status: 200, body: { status: "ok" } });

  await gateway.close();
  expect(await answer("/livez")).toEqual({ status: 200, body: { status: "ok" } });
  expect(await answer("/readyz")).toEqual({
    status: 503,
    body: { status: "unavailable", reason: "The gateway is stopping" },
  });
  expect(await answer("/graphql?query={broker{kind}}")).toEqual({
    status: 503,
    body: {
      errors: [{ message: "The gateway is stopping", extensions: { code: "BROKER_UNAVAILABLE" } }],
    },
  });
  const wsUrl = `${url.replace("http", "ws")}/graphql`;
  await expect(ProtocolSocket.connect(wsUrl)).rejects.toThrow("503");
});

test("nothing is left on RabbitMQ of a gateway that has stopped", async () => {
  const virtualHost = await createVirtualHost(sharedRabbitMq());
  onTestFinished(() => virtualHost.dispose());
  const topology = topologyOf(virtualHost);
  const gateway = await startGateway({ broker: "rabbitmq", amqpUrl: virtualHost.amqpUrl });
  const socket = await ProtocolSocket.open(gateway.wsUrl);
  await liveFeed(socket, { exchange: "amq.topic" });
  expect(tapQueuesAmong(await topology.queues())).toHaveLength(1);
  await gateway.close();
  expect(await topology.queues()).toEqual([]);
  expect(await topology.connections()).toEqual([]);
});
