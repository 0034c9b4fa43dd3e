import { randomUUID } from "node:crypto";
import { describe, expect, onTestFinished, test } from "vitest";
import { PUBLISH } from "../conformance/graphql/support/documents.ts";
import { gatewayBehindProxy } from "../conformance/graphql/support/gateway-behind-proxy.ts";
import { ProtocolSocket } from "../conformance/graphql/support/protocol-socket.ts";
import { codesOf, dataOf, liveFeed, nextEvents } from "../conformance/graphql/support/user.ts";
import { Books, expectBalanced, type Outcome } from "../harness/books.ts";
import { drainQueue } from "../harness/drain-queue.ts";
import { declareDurableQueues } from "../harness/durable-queue.ts";
import { eventually } from "../harness/eventually.ts";
import { BROKERS, startGateway, type TestGateway } from "../harness/gateway.ts";
import { httpClient, webSocketClient, type GraphqlClient } from "../harness/load/graphql-client.ts";
import { topologyOf } from "../harness/rabbitmq/topology.ts";
import { startTcpProxy, type TcpProxy } from "../harness/tcp-proxy.ts";

const TRANSPORTS = ["HTTP", "WebSocket"] as const;
type Transport = (typeof TRANSPORTS)[number];

const patience = () => AbortSignal.timeout(10_000);

/** The client's way to its gateway, that can lose answers. */
async function clientBehindProxy(
  { url }: Pick<TestGateway, "url">,
  transport: Transport,
): Promise<{ client: GraphqlClient; proxy: TcpProxy }> {
  const proxy = await startTcpProxy({ port: Number(new URL(url).port) });
  onTestFinished(() => proxy.close());
  const endpoint = `//127.0.0.1:${proxy.port}/graphql`;
  const client =
    transport === "HTTP" ? httpClient(`http:${endpoint}`) : webSocketClient(`ws:${endpoint}`);
  onTestFinished(() => client.close());
  return { client, proxy };
}

const publishing = (exchange: string, messageId: string, text = "a message") => ({
  input: { exchange, body: { text }, properties: { messageId } },
});

/** Published after everything else, so that nothing more can come before it. */
async function receivedBefore(
  gateway: TestGateway,
  feed: Awaited<ReturnType<typeof liveFeed>>,
  expected: number,
): Promise<unknown[]> {
  await gateway.graphql(PUBLISH, publishing("amq.fanout", "the last"));
  const events = await nextEvents(feed, expected + 1);
  return events.map(({ properties }) => (properties as { messageId: string }).messageId);
}

describe.for(BROKERS)("a publish with an id of the client's own, over %s", (broker) => {
  test.for(TRANSPORTS)(
    "that is retried because the answer was lost is answered and there once, over %s",
    async (transport) => {
      const gateway = await startGateway({ broker });
      onTestFinished(() => gateway.close());
      const socket = await ProtocolSocket.open(gateway.wsUrl);
      onTestFinished(() => socket.close());
      const feed = await liveFeed(socket, { exchange: "amq.fanout" });
      const { client, proxy } = await clientBehindProxy(gateway, transport);
      dataOf(await client.execute(PUBLISH, publishing("amq.fanout", "the first"), patience()));
      expect(await nextEvents(feed, 1)).toHaveLength(1);

      proxy.poison("down", { blackhole: true });
      const messageId = randomUUID();
      const asked = publishing("amq.fanout", messageId);
      const unanswered = client.execute(PUBLISH, asked, patience());
      // It is published, and its answer on its way, when the message has come.
      expect(await nextEvents(feed, 1)).toMatchObject([{ properties: { messageId } }]);
      proxy.reset();
      await expect(unanswered).rejects.toThrow(/hang up|reset|closed/i);

      await proxy.heal();
      for (let time = 0; time < 2; time++)
        expect(dataOf(await client.execute(PUBLISH, asked, patience()))).toMatchObject({
          publish: { messageId, routed: true },
        });
      expect(await receivedBefore(gateway, feed, 0)).toEqual(["the last"]);
    },
  );

  test("many times at once is one message, and with another body another", async () => {
    const gateway = await startGateway({ broker });
    onTestFinished(() => gateway.close());
    const socket = await ProtocolSocket.open(gateway.wsUrl);
    onTestFinished(() => socket.close());
    const feed = await liveFeed(socket, { exchange: "amq.fanout" });
    const asked = publishing("amq.fanout", "mine");
    const results = await Promise.all([
      ...Array.from({ length: 10 }, () => gateway.graphql(PUBLISH, asked)),
      ...Array.from({ length: 10 }, () => socket.execute(PUBLISH, asked)),
    ]);
    for (const result of results)
      expect(dataOf(result)).toMatchObject({ publish: { routed: true } });
    dataOf(await gateway.graphql(PUBLISH, publishing("amq.fanout", "mine", "another message")));
    expect(await receivedBefore(gateway, feed, 2)).toEqual(["mine", "mine", "the last"]);
  });
});

async function underWay() {
  const { gateway, proxy: toBroker, rabbitMq } = await gatewayBehindProxy();
  const { amqpUrl } = rabbitMq;
  const [exchange, queue] = ["orders", "orders.all"];
  await declareDurableQueues(amqpUrl, { exchange, queue });
  const books = new Books(queue);
  const publish = async (client: GraphqlClient, messageId: string) => {
    books.attempted(messageId);
    const input = { exchange, body: { text: "x" }, properties: { messageId } };
    const result = await client.execute(PUBLISH, { input }, patience()).catch(() => undefined);
    const outcome: Outcome = result && codesOf(result).length === 0 ? "acknowledged" : "unknown";
    books.ended(messageId, outcome);
    return result;
  };
  const settle = async () => {
    for (const id of await drainQueue(amqpUrl, queue)) books.received(id);
    expectBalanced(books);
    return books.balance;
  };
  const ready = async (count: number) => {
    const seen = (await topologyOf(rabbitMq).queues()).find(({ name }) => name === queue);
    expect(seen?.messagesReady).toBe(count);
  };
  return { gateway, toBroker, publish, settle, ready };
}

describe("while the publish is under way to RabbitMQ", () => {
  test.for(TRANSPORTS)(
    "its client is cut off and retries: one message, over %s",
    async (transport) => {
      const { gateway, toBroker, publish, settle, ready } = await underWay();
      const { client, proxy } = await clientBehindProxy(gateway, transport);
      await publish(client, "the first");

      toBroker.stall(true, "down");
      const cutOff = publish(client, "mine");
      // The broker has it, and its confirm is on the way.
      await eventually(() => ready(2), { timeoutMs: 10_000 });
      proxy.cut();
      expect(await cutOff).toBeUndefined();

      const again = publish(client, "mine");
      toBroker.stall(false);
      expect(dataOf((await again) ?? {})).toMatchObject({ publish: { messageId: "mine" } });
      expect(await settle()).toMatchObject({ attempted: 2, received: 2, duplicated: 0 });
    },
  );

  test("the broker's answer is lost too: the retry is published, and may be a duplicate", async () => {
    const { gateway, toBroker, publish, settle, ready } = await underWay();
    const { client } = await clientBehindProxy(gateway, "HTTP");
    await publish(client, "the first");

    toBroker.poison("down", { blackhole: true });
    const unknown = publish(client, "mine");
    await eventually(() => ready(2), { timeoutMs: 10_000 });
    toBroker.reset();
    expect(codesOf((await unknown) ?? {})).toEqual(["CONFIRM_UNKNOWN"]);

    await toBroker.heal();
    await eventually(async () => {
      expect(codesOf((await publish(client, "mine")) ?? {})).toEqual([]);
    });
    expect(await settle()).toMatchObject({ attempted: 2, received: 2, duplicated: 1 });
  });
});
