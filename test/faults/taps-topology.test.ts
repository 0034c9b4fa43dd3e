import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { DECLARE_EXCHANGE, FEED } from "../conformance/graphql/support/documents.ts";
import type { Operation } from "../conformance/graphql/support/operation.ts";
import { ProtocolSocket } from "../conformance/graphql/support/protocol-socket.ts";
import {
  codesOf,
  declared,
  eventOf,
  liveFeed,
  nextEvents,
  published,
} from "../conformance/graphql/support/user.ts";
import { ready, startGateway, type TestGateway } from "../harness/gateway.ts";
import { startPrivateRabbitMq } from "../harness/rabbitmq/private.ts";
import type { PrivateRabbitMq } from "../harness/rabbitmq/rabbitmq.ts";
import { tapQueuesAmong } from "../harness/rabbitmq/tap-queues.ts";
import { topologyOf } from "../harness/rabbitmq/topology.ts";
import { measured, shortOrLong } from "./support/measured.ts";

const PROBE_MS = shortOrLong(1_000, 30_000);
/** For the broker's answers and for ours, on a machine that does other things as well. */
const SLACK_MS = 1_000;

let rabbitMq: PrivateRabbitMq;
let gateway: TestGateway;

beforeAll(async () => {
  rabbitMq = await startPrivateRabbitMq();
  const { amqpUrl, managementUrl } = rabbitMq;
  gateway = await startGateway({
    broker: "rabbitmq",
    amqpUrl,
    managementUrl,
    bindingProbeMs: PROBE_MS,
  });
});
afterAll(async () => {
  await gateway.close();
  await rabbitMq.dispose();
});

/** A live feed on an exchange of its own, the only one, and its queue. */
async function watched() {
  const exchange = await declared(gateway, "TOPIC");
  const socket = await ProtocolSocket.open(gateway.wsUrl);
  onTestFinished(() => socket.close());
  const feed = await liveFeed(socket, { exchange, routingPatterns: ["a.*"] });
  const queue = async () => {
    const bindings = await topologyOf(rabbitMq).bindings();
    return bindings.find(({ source }) => source === exchange)?.destination ?? "";
  };
  return { exchange, socket, feed, queue, name: await queue() };
}

/** Flows again: the next event is a message, and so there was no second gap. */
async function expectFlowing(feed: Operation, exchange: string): Promise<void> {
  expect(await published(gateway, { exchange, routingKey: "a.1" })).toMatchObject({ routed: true });
  expect(await nextEvents(feed, 1)).toMatchObject([{ __typename: "Message", routingKey: "a.1" }]);
}

/** The next event of the feed, which must be this gap, and how long it took. */
async function expectGapWithin(feed: Operation, cause: string, withinMs: number): Promise<number> {
  const startedAt = performance.now();
  const event = eventOf(await feed.next());
  const took = performance.now() - startedAt;
  expect(event).toMatchObject({ __typename: "Gap", cause, dropped: null });
  expect(Date.parse(String(event["from"]))).toBeLessThanOrEqual(Date.parse(String(event["until"])));
  expect(took).toBeLessThan(withinMs);
  return Math.round(took);
}

const exchangePath = (name: string) => `/api/exchanges/%2F/${encodeURIComponent(name)}`;
const deleteExchange = (name: string) =>
  rabbitMq.management(exchangePath(name), { method: "DELETE" });
const declareExchange = (name: string) =>
  rabbitMq.management(exchangePath(name), {
    method: "PUT",
    body: { type: "topic", durable: true, auto_delete: false, internal: false, arguments: {} },
  });

describe("fault 19: a subscription's queue is deleted", () => {
  test("there is another within 2 s, after one gap", async () => {
    const { exchange, feed, queue, name } = await watched();
    await rabbitMq.node.ctl("delete_queue", name);
    const took = await expectGapWithin(feed, "QUEUE_DELETED", 2_000);
    measured("19", `another queue ${took} ms after the broker's tool was done`);
    await expectFlowing(feed, exchange);
    expect(await queue()).not.toBe(name);
    expect(tapQueuesAmong(await topologyOf(rabbitMq).queues())).toHaveLength(1);
  });

  test("with others, while their bindings are looked for: each is told of its queue", async () => {
    const exchange = await declared(gateway, "TOPIC");
    const socket = await ProtocolSocket.open(gateway.wsUrl);
    onTestFinished(() => socket.close());
    const asked = Array.from({ length: 8 }, (_, place) => ({
      exchange,
      routingPatterns: [`a.${place}`, "all"],
    }));
    const feeds = await Promise.all(asked.map((tap) => liveFeed(socket, tap)));
    const deleted = new AbortController();
    // Whoever joins has the bindings looked for; who does so in the wrong moment is refused.
    const joining = asked.map(async (tap) => {
      const joiner = await ProtocolSocket.open(gateway.wsUrl);
      while (!deleted.signal.aborted) {
        const joined = joiner.subscribe(FEED, tap);
        await joined.next();
        joined.complete();
      }
      await joiner.close();
    });
    await rabbitMq.node.ctl("eval", endOfAllOf(exchange));
    const gaps = await Promise.all(feeds.map(async (feed) => eventOf(await feed.next())));
    deleted.abort();
    await Promise.all(joining);
    expect(gaps.map(({ cause }) => cause)).toEqual(feeds.map(() => "QUEUE_DELETED"));
    await published(gateway, { exchange, routingKey: "all" });
    for (const feed of feeds)
      expect(await nextEvents(feed, 1)).toMatchObject([{ __typename: "Message" }]);
  });

  test("and the connection closed at the same time: one gap", async () => {
    const { exchange, feed, name } = await watched();
    await rabbitMq.node.ctl("eval", endOf(name));
    const gap = eventOf(await feed.next());
    expect(gap).toMatchObject({ __typename: "Gap" });
    expect(["QUEUE_DELETED", "RECONNECTED"]).toContain(gap["cause"]);
    await expectFlowing(feed, exchange);
    await ready(gateway);
    expect(feed.results.size).toBe(0);
  });
});

describe("fault 20: the exchange is deleted", () => {
  test("and made again at once: bound again within the probe interval, after one gap", async () => {
    const { exchange, feed } = await watched();
    await deleteExchange(exchange);
    await declareExchange(exchange);
    const took = await expectGapWithin(feed, "BINDING_LOST", PROBE_MS + SLACK_MS);
    measured("20", `bound again after ${took} ms, probing every ${PROBE_MS} ms`);
    await expectFlowing(feed, exchange);
    expect(feed.results.size).toBe(0);
  });

  test("by a user of the gateway: told at once, and bound within 2 s of its return", async () => {
    const { exchange, feed, socket } = await watched();
    await gateway.graphql(`mutation { deleteExchange(name: "${exchange}") }`);
    const refused = await socket.subscribe(FEED, { exchange, routingPatterns: ["a.*"] }).next();
    expect(codesOf(refused)).toEqual(["NOT_FOUND"]);
    await gateway.graphql(DECLARE_EXCHANGE, { input: { name: exchange, type: "TOPIC" } });
    await expectGapWithin(feed, "BINDING_LOST", 2_000 + SLACK_MS);
    await expectFlowing(feed, exchange);
  });

  test("and is missing for a while: nobody new gets in, those who are stay, one gap", async () => {
    const { exchange, feed, socket } = await watched();
    await deleteExchange(exchange);
    const asked = { exchange, routingPatterns: ["a.*"] };
    // Three times: at the first it may be found out, at the next it is known.
    for (let times = 0; times < 3; times++)
      expect(codesOf(await socket.subscribe(FEED, asked).next())).toEqual(["NOT_FOUND"]);
    expect(feed.results.size).toBe(0);
    await declareExchange(exchange);
    const took = await expectGapWithin(feed, "BINDING_LOST", 2_000 + SLACK_MS);
    measured("20", `bound again ${took} ms after an exchange known to be missing is back`);
    await expectFlowing(feed, exchange);
    const late = await liveFeed(socket, asked);
    await expectFlowing(late, exchange);
  });

  test("and somebody joins who finds it made again: all others are told", async () => {
    const { exchange, feed, socket } = await watched();
    await expectFlowing(feed, exchange);
    await deleteExchange(exchange);
    await declareExchange(exchange);
    const joined = await liveFeed(socket, { exchange, routingPatterns: ["a.*"] });
    await expectGapWithin(feed, "BINDING_LOST", SLACK_MS);
    await expectFlowing(feed, exchange);
    expect(await nextEvents(joined, 1)).toMatchObject([{ __typename: "Message" }]);
  });
});

test("fault 21: a binding that is removed by hand is back within the probe interval, after one gap", async () => {
  const { exchange, feed, name } = await watched();
  const removed = await rabbitMq.node.ctl("eval", removalOf(exchange, "a.*", name));
  expect(removed).toContain("ok");
  const took = await expectGapWithin(feed, "BINDING_LOST", PROBE_MS + SLACK_MS);
  measured("21", `bound again after ${took} ms, probing every ${PROBE_MS} ms`);
  await expectFlowing(feed, exchange);
});

test("fault 22: a redeclaration with other arguments is one operation's error, and 100 subscriptions miss nothing", async () => {
  const exchange = await declared(gateway, "TOPIC");
  const socket = await ProtocolSocket.open(gateway.wsUrl);
  onTestFinished(() => socket.close());
  const feeds = await Promise.all(
    Array.from({ length: 100 }, (_, place) =>
      liveFeed(socket, { exchange, routingPatterns: [`only.${place}`, "all"] }),
    ),
  );
  for (let round = 0; round < 10; round++) {
    const [refused] = await Promise.all([
      gateway.graphql(DECLARE_EXCHANGE, { input: { name: exchange, type: "FANOUT" } }),
      published(gateway, { exchange, routingKey: "all", body: { text: String(round) } }),
    ]);
    expect(codesOf(refused)).toEqual(["PRECONDITION_FAILED"]);
  }
  for (const feed of feeds)
    expect((await nextEvents(feed, 10)).map(({ text }) => text)).toEqual(
      Array.from({ length: 10 }, (_, round) => String(round)),
    );
  measured("22", "10 redeclarations refused, 100 subscriptions missed 0 of 10 messages");
});

/** What the broker's own shell does: over AMQP only the queue's own connection may. */
function removalOf(exchange: string, key: string, queue: string): string {
  const [source, destination] = [resource("exchange", exchange), resource("queue", queue)];
  const binding = `{binding, ${source}, <<"${key}">>, ${destination}, []}`;
  return `rabbit_binding:remove(${binding}, <<"operator">>).`;
}

/** Every queue that is bound to the exchange is deleted. */
function endOfAllOf(exchange: string): string {
  return [
    `Bindings = rabbit_binding:list_for_source(${resource("exchange", exchange)})`,
    "Names = lists:usort([Name || {binding, _, _, Name, _} <- Bindings])",
    "Queues = [Queue || Name <- Names, {ok, Queue} <- [rabbit_amqqueue:lookup(Name)]]",
    '[rabbit_amqqueue:delete(Queue, false, false, <<"operator">>) || Queue <- Queues].',
  ].join(", ");
}

/** The queue is deleted and its connection closed, before the gateway can have done anything about either. */
function endOf(queue: string): string {
  return [
    `{ok, Queue} = rabbit_amqqueue:lookup(${resource("queue", queue)})`,
    "Connection = amqqueue:get_exclusive_owner(Queue)",
    'rabbit_amqqueue:delete(Queue, false, false, <<"operator">>)',
    'rabbit_networking:close_connection(Connection, "operator").',
  ].join(", ");
}

function resource(kind: string, name: string): string {
  return `rabbit_misc:r(<<"/">>, ${kind}, <<"${name}">>)`;
}
