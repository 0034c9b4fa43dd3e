import { describe, expect, onTestFinished, test } from "vitest";
import { eventually } from "../../harness/eventually.ts";
import { startGateway, type TestGateway } from "../../harness/gateway.ts";
import { sharedRabbitMq } from "../../harness/rabbitmq/shared.ts";
import { tapQueuesAmong } from "../../harness/rabbitmq/tap-queues.ts";
import { topologyOf, type Topology } from "../../harness/rabbitmq/topology.ts";
import { createVirtualHost } from "../../harness/rabbitmq/virtual-host.ts";
import { FEED } from "./support/documents.ts";
import { gatewayBehindProxy } from "./support/gateway-behind-proxy.ts";
import type { Operation } from "./support/operation.ts";
import { ProtocolSocket } from "./support/protocol-socket.ts";
import {
  codesOf,
  declared,
  liveFeed,
  nextEvents,
  published,
  type TapVariables,
} from "./support/user.ts";

const SOCKETS = 20;
const SUBSCRIPTIONS = 200;

/** A gateway in a virtual host of its own, and what RabbitMQ has there. */
async function alone(): Promise<{ gateway: TestGateway; topology: Topology }> {
  const virtualHost = await createVirtualHost(sharedRabbitMq());
  onTestFinished(() => virtualHost.dispose());
  const { amqpUrl } = virtualHost;
  const gateway = await startGateway({ broker: "rabbitmq", amqpUrl, instance: "here" });
  onTestFinished(() => gateway.close());
  return { gateway, topology: topologyOf(virtualHost) };
}

function openSockets(gateway: TestGateway): Promise<ProtocolSocket[]> {
  return Promise.all(Array.from({ length: SOCKETS }, () => ProtocolSocket.open(gateway.wsUrl)));
}

/** How many queues there are while both are subscribed to. */
async function queuesFor(
  one: Omit<TapVariables, "exchange">,
  other: Omit<TapVariables, "exchange">,
): Promise<number> {
  const { gateway, topology } = await alone();
  const exchange = await declared(gateway, "HEADERS");
  const socket = await ProtocolSocket.open(gateway.wsUrl);
  await Promise.all([one, other].map((asks) => liveFeed(socket, { exchange, ...asks })));
  const { length } = tapQueuesAmong(await topology.queues());
  await socket.close();
  return length;
}

describe("subscriptions to the same messages", () => {
  test("200 at once, over 20 sockets, are one queue that is gone with the last of them", async () => {
    const { gateway, topology } = await alone();
    const exchange = await declared(gateway, "TOPIC");
    const routingPatterns = ["order.*", "invoice.#"];
    const sockets = await openSockets(gateway);
    const feeds = await Promise.all(
      Array.from({ length: SUBSCRIPTIONS / SOCKETS }, () => sockets)
        .flat()
        .map((socket) => liveFeed(socket, { exchange, routingPatterns })),
    );
    expect(feeds).toHaveLength(SUBSCRIPTIONS);

    const queues = tapQueuesAmong(await topology.queues());
    expect(queues).toEqual([
      {
        name: expect.stringMatching(/^gql\.here\.[0-9A-HJKMNP-TV-Z]{26}$/),
        type: "classic",
        exclusive: true,
        autoDelete: true,
        durable: false,
        arguments: {
          "x-queue-type": "classic",
          "x-max-length": 10_000,
          "x-max-length-bytes": 67_108_864,
          "x-overflow": "drop-head",
          "x-expires": 60_000,
          "x-dead-letter-exchange": "",
          "x-dead-letter-routing-key": expect.stringMatching(/^gql\.here\.canary\./),
        },
        messagesReady: 0,
        messagesUnacknowledged: 0,
      },
    ]);
    const destination = queues[0]?.name;
    const bindings = await topology.bindings();
    expect(bindings.map(({ routingKey }) => routingKey).toSorted()).toEqual(
      routingPatterns.toSorted(),
    );
    for (const binding of bindings)
      expect(binding).toMatchObject({ source: exchange, destination, arguments: {} });
    const consumers = (await topology.consumers()).filter(({ queue }) => queue === destination);
    expect(consumers).toMatchObject([{ ackRequired: true }]);

    await published(gateway, { exchange, routingKey: "order.created" });
    for (const feed of feeds)
      expect(await nextEvents(feed, 1)).toMatchObject([{ routingKey: "order.created" }]);

    const [last, ...others] = feeds;
    for (const feed of others) feed.complete();
    await published(gateway, { exchange, routingKey: "order.paid" });
    if (last) await nextEvents(last, 1);
    expect(tapQueuesAmong(await topology.queues())).toHaveLength(1);
    last?.complete();
    await eventually(async () => expect(await topology.queues()).toEqual([]));
    expect(await topology.bindings()).toEqual([]);
    await Promise.all(sockets.map((socket) => socket.close()));
  });

  test.for([
    ["the order of patterns", { routingPatterns: ["a", "b"] }, { routingPatterns: ["b", "a"] }],
    ["a pattern twice", { routingPatterns: ["a"] }, { routingPatterns: ["a", "a"] }],
    ["no patterns and all", {}, { routingPatterns: ["#"] }],
    [
      "the order of headers",
      { headers: { values: { a: 1, b: "2" } } },
      { headers: { values: { b: "2", a: 1 } } },
    ],
  ] as const)("share one queue whatever %s", async ([, one, other]) => {
    expect(await queuesFor(one, other)).toBe(1);
  });

  test.for([
    ["patterns", { routingPatterns: ["a"] }, { routingPatterns: ["b"] }],
    ["more patterns", { routingPatterns: ["a"] }, { routingPatterns: ["a", "b"] }],
    ["a pattern with a comma", { routingPatterns: ["a,b"] }, { routingPatterns: ["a", "b"] }],
    ["values", { headers: { values: { a: 1 } } }, { headers: { values: { a: 2 } } }],
    ["types", { headers: { values: { a: 1 } } }, { headers: { values: { a: "1" } } }],
    [
      "ways to match",
      { headers: { values: { a: 1 } } },
      { headers: { match: "ANY", values: { a: 1 } } },
    ],
    [
      // RabbitMQ compares a table within a header as a list.
      "orders within a header",
      { headers: { values: { a: { b: 1, c: 2 } } } },
      { headers: { values: { a: { c: 2, b: 1 } } } },
    ],
    ["headers and none", {}, { headers: { values: {} } }],
  ] as const)("with other %s have queues of their own", async ([, one, other]) => {
    expect(await queuesFor(one, other)).toBe(2);
  });

  test("to other exchanges have queues of their own", async () => {
    const { gateway, topology } = await alone();
    const socket = await ProtocolSocket.open(gateway.wsUrl);
    for (const exchange of ["amq.topic", "amq.fanout"]) await liveFeed(socket, { exchange });
    expect(tapQueuesAmong(await topology.queues())).toHaveLength(2);
    await socket.close();
  });

  test("are bound by headers as they were asked for", async () => {
    const { gateway, topology } = await alone();
    const socket = await ProtocolSocket.open(gateway.wsUrl);
    const headers = { match: "ANY", values: { kind: "report", pages: 3 } } as const;
    await liveFeed(socket, { exchange: "amq.headers", headers });
    expect(await topology.bindings()).toMatchObject([
      {
        source: "amq.headers",
        routingKey: "#",
        arguments: { "x-match": "any", kind: "report", pages: 3 },
      },
    ]);
    await socket.close();
  });
});

describe("a subscriber that does not stay", () => {
  test("to complete at once, or to go with its socket, leaves nothing", async () => {
    const { gateway, topology } = await alone();
    const exchange = await declared(gateway, "TOPIC");
    const sockets = await openSockets(gateway);
    for (const [i, socket] of sockets.entries()) {
      for (let n = 0; n < 5; n++) {
        const subscription = socket.subscribe(FEED, {
          exchange,
          routingPatterns: [`${i % 4}.${n}`],
        });
        if (n % 2 === 0) subscription.complete();
      }
      if (i % 2 === 0) socket.socket.terminate();
    }
    // The others are live once each has Live; those that were completed tell nothing.
    const [first] = sockets.filter((_, i) => i % 2 === 1);
    if (first) await liveFeed(first, { exchange });
    await Promise.all(sockets.map((socket) => (socket.isOpen ? socket.close() : socket.closed)));
    await eventually(async () => expect(await topology.queues()).toEqual([]));
    expect(await topology.bindings()).toEqual([]);
    expect(await topology.consumers()).toEqual([]);
  });

  test("that leaves while the broker is slow to answer leaves nothing", async () => {
    const { gateway, proxy, rabbitMq } = await gatewayBehindProxy();
    const topology = topologyOf(rabbitMq);
    const socket = await ProtocolSocket.open(gateway.wsUrl);
    proxy.stall(true);
    const leaving: Operation[] = [];
    for (let i = 0; i < 5; i++)
      leaving.push(socket.subscribe(FEED, { exchange: "amq.topic", routingPatterns: [`${i}`] }));
    for (const subscription of leaving) subscription.complete();
    // Frames are taken in order: once this is answered, all have been left.
    await socket.execute("{ __typename }");
    proxy.stall(false);
    await liveFeed(socket, { exchange: "amq.topic", routingPatterns: ["stays"] });
    await eventually(async () => expect(tapQueuesAmong(await topology.queues())).toHaveLength(1));
    expect(await topology.bindings()).toMatchObject([{ routingKey: "stays" }]);
    await socket.close();
  });

  test("that could not be had leaves nothing behind for the next one", async () => {
    const { gateway, topology } = await alone();
    const socket = await ProtocolSocket.open(gateway.wsUrl);
    const exchange = "made later";
    for (let times = 0; times < 3; times++) {
      const results = await Promise.all(
        Array.from({ length: 5 }, () => socket.subscribe(FEED, { exchange }).next()),
      );
      expect(results.flatMap(codesOf)).toEqual(Array.from({ length: 5 }, () => "NOT_FOUND"));
    }
    expect(await topology.queues()).toEqual([]);
    await gateway.graphql(
      `mutation { declareExchange(input: {name: "${exchange}", type: TOPIC}) { name } }`,
    );
    const feed = await liveFeed(socket, { exchange });
    await published(gateway, { exchange });
    await nextEvents(feed, 1);
    expect(tapQueuesAmong(await topology.queues())).toHaveLength(1);
    await socket.close();
  });
});
