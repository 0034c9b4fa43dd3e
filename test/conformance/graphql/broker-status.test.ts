import { describe, expect, test } from "vitest";
import { eventually } from "../../harness/eventually.ts";
import { BROKERS, ready, type TestGateway } from "../../harness/gateway.ts";
import type { RabbitMq } from "../../harness/rabbitmq/rabbitmq.ts";
import { BROKER_CHANGES, BROKER_STATE, FEED, MESSAGES, PUBLISH } from "./support/documents.ts";
import { gatewayBehindProxy } from "./support/gateway-behind-proxy.ts";
import { expectNothingInternal } from "./support/nothing-internal.ts";
import { ProtocolSocket } from "./support/protocol-socket.ts";
import { sharedGateway, withSocket } from "./support/shared-gateway.ts";
import {
  codesOf,
  dataOf,
  declared,
  eventOf,
  liveFeed,
  liveMessages,
  nextEvents,
  published,
} from "./support/user.ts";

describe.for(BROKERS)("the broker as its users see it, %s", (broker) => {
  const gateway = sharedGateway({ broker });

  test("says what it is, and that it is connected", async () => {
    const query = "{ broker { kind product version virtualHost state since reason } }";
    const { rabbitMq } = gateway();
    expect(dataOf(await gateway().graphql(query))).toEqual({
      broker: {
        kind: broker.toUpperCase(),
        ...(rabbitMq ? rabbitMqOf(rabbitMq) : { product: null, version: null, virtualHost: "/" }),
        state: "CONNECTED",
        since: expect.stringMatching(/^\d{4}-.*Z$/),
        reason: null,
      },
    });
  });

  test("says so to subscribers at once", async () => {
    await withSocket(gateway(), async (socket) => {
      const changes = socket.subscribe(BROKER_CHANGES);
      expect(eventOf(await changes.next())).toMatchObject({ state: "CONNECTED", reason: null });
    });
  });

  test("is ready and alive", async () => {
    for (const path of ["/readyz", "/livez"]) {
      const response = await fetch(`${gateway().url}${path}`);
      expect([response.status, await response.json()]).toEqual([200, { status: "ok" }]);
    }
  });
});

describe("a gateway whose broker is down", () => {
  test("starts, answers BROKER_UNAVAILABLE, and comes alive by itself", async () => {
    const { gateway, proxy } = await gatewayBehindProxy({ brokerIsDown: true });
    const socket = await ProtocolSocket.open(gateway.wsUrl);
    const changes = socket.subscribe(BROKER_CHANGES);

    await eventually(async () => {
      const { status, text } = await readiness(gateway);
      expect(status).toBe(503);
      expect(JSON.parse(text)).toMatchObject({
        status: "unavailable",
        broker: "disconnected",
        reason: "Nothing answers at the broker's address (connection refused)",
      });
      expectNothingInternal([text]);
    });
    expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
    expect(dataOf(await gateway.graphql(BROKER_STATE))).toMatchObject({
      broker: { state: "DISCONNECTED", reason: expect.stringMatching(/refused/) },
    });

    const input = { exchange: "amq.topic", body: { text: "x" } };
    const declaring = `mutation { declareExchange(input: {name: "x", type: TOPIC}) { name } }`;
    for (const result of [
      await gateway.graphql(PUBLISH, { input }),
      await gateway.graphql(declaring),
      await socket.execute(PUBLISH, { input }),
      await socket.subscribe(FEED, { exchange: "amq.topic" }).next(),
      await socket.subscribe(MESSAGES, { exchange: "amq.topic" }).next(),
    ])
      expect(codesOf(result)).toEqual(["BROKER_UNAVAILABLE"]);
    // What is wrong in any case is said even now.
    const wrong = { ...input, properties: { priority: 300 } };
    expect(codesOf(await gateway.graphql(PUBLISH, { input: wrong }))).toEqual(["BAD_USER_INPUT"]);

    await proxy.refuse(false);
    await ready(gateway);
    for (;;) if (eventOf(await changes.next())["state"] === "CONNECTED") break;
    const feed = await liveFeed(socket, { exchange: "amq.topic" });
    expect(await published(gateway, input)).toMatchObject({ routed: true });
    expect(await nextEvents(feed, 1)).toMatchObject([{ text: "x" }]);
    expectNothingInternal(socket.texts);
    await socket.close();
  });
});

describe("when the connection to the broker is cut", () => {
  test("feeds tell one gap, messages carry it, and both go on", async () => {
    const { gateway, proxy } = await gatewayBehindProxy();
    const exchange = await declared(gateway, "TOPIC");
    const socket = await ProtocolSocket.open(gateway.wsUrl);
    const feed = await liveFeed(socket, { exchange });
    const messages = await liveMessages(socket, { exchange });
    await published(gateway, { exchange, routingKey: "before" });
    await nextEvents(feed, 1);
    await nextEvents(messages, 1);

    const cutAt = new Date().toISOString();
    proxy.cut();
    const gap = eventOf(await feed.next());
    const restoredAt = new Date().toISOString();
    expect(gap).toEqual({
      __typename: "Gap",
      cause: "RECONNECTED",
      from: expect.any(String),
      until: expect.any(String),
      dropped: null,
    });
    const { from, until } = gap as { from: string; until: string };
    expect([from <= cutAt, from <= until, cutAt <= until, until <= restoredAt]).toEqual([
      true,
      true,
      true,
      true,
    ]);

    await ready(gateway);
    for (const routingKey of ["after", "later"]) await published(gateway, { exchange, routingKey });
    expect(await nextEvents(feed, 2)).toMatchObject([
      { __typename: "Message", routingKey: "after", gap: null },
      { __typename: "Message", routingKey: "later", gap: null },
    ]);
    expect(await nextEvents(messages, 2)).toMatchObject([
      { routingKey: "after", gap: { cause: "RECONNECTED", from, until, dropped: null } },
      { routingKey: "later", gap: null },
    ]);
    expect(feed.results.size).toBe(0);
    expectNothingInternal(socket.texts);
    await socket.close();
  });

  test("a subscriber that joins while it is cut is told so, and one after that is live", async () => {
    const { gateway, proxy } = await gatewayBehindProxy();
    const exchange = await declared(gateway, "TOPIC");
    const socket = await ProtocolSocket.open(gateway.wsUrl);
    const feed = await liveFeed(socket, { exchange });
    await proxy.refuse(true);
    proxy.cut();
    await eventually(async () => {
      expect((await fetch(`${gateway.url}/readyz`)).status).toBe(503);
    });
    const refused = await socket.subscribe(FEED, { exchange }).next();
    expect(codesOf(refused)).toEqual(["BROKER_UNAVAILABLE"]);

    await proxy.refuse(false);
    expect(eventOf(await feed.next())).toMatchObject({ __typename: "Gap" });
    const joined = await liveFeed(socket, { exchange });
    await ready(gateway);
    await published(gateway, { exchange, routingKey: "after" });
    for (const subscriber of [feed, joined])
      expect(await nextEvents(subscriber, 1)).toMatchObject([{ routingKey: "after" }]);
    await socket.close();
  });

  test("its users see it go and come back, with a reason that holds no secret", async () => {
    const { gateway, proxy } = await gatewayBehindProxy();
    const socket = await ProtocolSocket.open(gateway.wsUrl);
    const changes = socket.subscribe(BROKER_CHANGES);
    expect(eventOf(await changes.next())).toMatchObject({ state: "CONNECTED" });
    proxy.cut();
    expect(eventOf(await changes.next())).toMatchObject({
      state: "DISCONNECTED",
      reason: expect.stringMatching(/\w/),
    });
    for (;;) if (eventOf(await changes.next())["state"] === "CONNECTED") break;
    expectNothingInternal(socket.texts);
    await socket.close();
  });

  test("a publish under way is CONFIRM_UNKNOWN, and the next one is taken", async () => {
    const { gateway, proxy } = await gatewayBehindProxy();
    const exchange = await declared(gateway, "TOPIC");
    await published(gateway, { exchange });
    const socket = await ProtocolSocket.open(gateway.wsUrl);
    proxy.stall(true);
    const publish = socket.subscribe(PUBLISH, { input: { exchange, body: { text: "x" } } });
    await socket.execute(BROKER_STATE);
    proxy.cut();
    proxy.stall(false);
    const result = await publish.next();
    expect(codesOf(result)).toEqual(["CONFIRM_UNKNOWN"]);
    await ready(gateway);
    expect(await published(gateway, { exchange })).toMatchObject({ exchange });
    await socket.close();
  });
});

function rabbitMqOf({ amqpUrl }: RabbitMq) {
  return {
    product: "RabbitMQ",
    version: expect.stringMatching(/^\d+\.\d+/) as unknown,
    virtualHost: new URL(amqpUrl).pathname.slice(1),
  };
}

async function readiness({ url }: TestGateway) {
  const response = await fetch(`${url}/readyz`);
  return { status: response.status, text: await response.text() };
}
