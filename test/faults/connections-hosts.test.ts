import { expect, onTestFinished, test } from "vitest";
import { ProtocolSocket } from "../conformance/graphql/support/protocol-socket.ts";
import { declared, liveFeed, nextEvents, published } from "../conformance/graphql/support/user.ts";
import { eventually } from "../harness/eventually.ts";
import { ready, startGateway, type TestGateway } from "../harness/gateway.ts";
import { CONNECTIONS, timesOpened } from "../harness/metric.ts";
import { sharedRabbitMq } from "../harness/rabbitmq/shared.ts";
import { createVirtualHost } from "../harness/rabbitmq/virtual-host.ts";
import { startTcpProxy, type TcpProxy } from "../harness/tcp-proxy.ts";

/** A gateway that knows two ways to its RabbitMQ, each through a network of its own, the first refused where `without` says so. */
async function withTwoWays({ without }: { without: "none" | "first" | "both" }): Promise<{
  gateway: TestGateway;
  ways: readonly [TcpProxy, TcpProxy];
}> {
  const rabbitMq = await createVirtualHost(sharedRabbitMq());
  onTestFinished(() => rabbitMq.dispose());
  const { hostname, port } = new URL(rabbitMq.amqpUrl);
  const way = async () => {
    const proxy = await startTcpProxy({ host: hostname, port: Number(port) });
    onTestFinished(() => proxy.close());
    return proxy;
  };
  const ways = [await way(), await way()] as const;
  if (without !== "none") await ways[0].refuse(true);
  if (without === "both") await ways[1].refuse(true);
  const urls = ways.map((proxy) => {
    const url = new URL(rabbitMq.amqpUrl);
    url.host = `127.0.0.1:${proxy.port}`;
    return url.href;
  });
  const gateway = await startGateway({
    broker: "rabbitmq",
    amqpUrl: urls.join(","),
    untilReady: without !== "both",
  });
  onTestFinished(() => gateway.close());
  return { gateway, ways };
}

test("where one host is down, all connections go to the other, without a wait", async () => {
  const startedAt = performance.now();
  const { gateway, ways } = await withTwoWays({ without: "first" });
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  expect([ways[0].connections, ways[1].connections]).toEqual([0, CONNECTIONS.length]);
  const exchange = await declared(gateway, "TOPIC");
  expect(await published(gateway, { exchange })).toMatchObject({ exchange });
});

test("where one host goes, a subscription goes on over the other, with one gap", async () => {
  const { gateway, ways } = await withTwoWays({ without: "none" });
  expect(ways[0].connections + ways[1].connections).toBe(CONNECTIONS.length);
  const exchange = await declared(gateway, "TOPIC");
  const socket = await ProtocolSocket.open(gateway.wsUrl);
  const feed = await liveFeed(socket, { exchange });
  for (const [gone, left] of [ways, ways.toReversed() as [TcpProxy, TcpProxy]]) {
    await left.refuse(false);
    await gone.refuse(true);
    const [, consuming] = await timesOpened(gateway);
    gone.cut();
    await eventually(() => expect(left.connections).toBe(CONNECTIONS.length));
    await ready(gateway);
    // Whether it was the consuming connection that went is chance, the first time.
    const [, consumingNow] = await timesOpened(gateway);
    const gaps = consumingNow === consuming ? [] : [{ cause: "RECONNECTED" }];
    expect(await nextEvents(feed, gaps.length)).toMatchObject(gaps);
    await published(gateway, { exchange, routingKey: "after" });
    expect(await nextEvents(feed, 1)).toMatchObject([{ routingKey: "after", gap: null }]);
  }
  await socket.close();
});

test("where all are down, why is told of all of them, and the first to be back is taken", async () => {
  const { gateway, ways } = await withTwoWays({ without: "both" });
  await eventually(async () => {
    const response = await fetch(`${gateway.url}/readyz`);
    expect(await response.json()).toMatchObject({
      reason: "Nothing answers at the broker's address (connection refused)",
    });
  });
  await ways[1].refuse(false);
  await ready(gateway);
  expect([ways[0].connections, ways[1].connections]).toEqual([0, CONNECTIONS.length]);
});
