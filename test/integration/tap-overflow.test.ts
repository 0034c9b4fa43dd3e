import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import type { BrokerAdapter, Tap } from "../../src/broker/adapter.ts";
import { createRabbitMqAdapter } from "../../src/broker/rabbitmq/rabbitmq-adapter.ts";
import { resolveConfig } from "../../src/config/config.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { exchangeSpec, message, unique } from "../conformance/broker-contract/fixtures.ts";
import { TapRecorder } from "../conformance/broker-contract/tap-recorder.ts";
import { connected } from "../harness/connected.ts";
import { eventually } from "../harness/eventually.ts";
import { createBrokerUser } from "../harness/rabbitmq/broker-user.ts";
import { sharedRabbitMq } from "../harness/rabbitmq/shared.ts";
import { tapQueuesAmong } from "../harness/rabbitmq/tap-queues.ts";
import { topologyOf, type QueueSeen } from "../harness/rabbitmq/topology.ts";
import { startTcpProxy, type TcpProxy } from "../harness/tcp-proxy.ts";

const rabbitMq = sharedRabbitMq();
const PREFETCH = 20;
const HELD = 10;

let proxy: TcpProxy;
let publisher: BrokerAdapter;
let exchange: string;

beforeEach(async () => {
  const { hostname, port } = new URL(rabbitMq.amqpUrl);
  proxy = await startTcpProxy({ host: hostname, port: Number(port) });
  publisher = await opened(rabbitMq.amqpUrl, "publisher");
  exchange = unique("overflow");
  await publisher.declareExchange(exchangeSpec(exchange, "topic"));
});

afterEach(async () => {
  await publisher.deleteExchange(exchange, { ifUnused: false });
  await publisher.close();
  await proxy.close();
});

async function opened(
  url: string,
  instance: string,
  write: (line: string) => void = () => {},
): Promise<BrokerAdapter> {
  const adapter = createRabbitMqAdapter({
    ...resolveConfig({ amqpUrl: url, instance, tapMaxLength: HELD, tapPrefetch: PREFETCH }),
    url,
    reconnectMinMs: 10,
    reconnectMaxMs: 50,
    logger: createLogger({ level: "info", destination: { write } }),
  });
  adapter.open();
  await connected(adapter);
  return adapter;
}

/** Behind a network that can be stopped, so that the broker has to hold what the gateway does not take. */
async function stoppable() {
  const instance = randomUUID().slice(0, 8);
  const url = new URL(rabbitMq.amqpUrl);
  url.host = `127.0.0.1:${proxy.port}`;
  const adapter = await opened(url.href, instance);
  onTestFinished(() => adapter.close());
  const queues = async (): Promise<QueueSeen[]> =>
    (await topologyOf(rabbitMq).queues()).filter(({ name }) => name.startsWith(`gql.${instance}.`));
  const tapped = async (pattern: string): Promise<{ tap: Tap; recorder: TapRecorder }> => {
    const recorder = new TapRecorder();
    const tap = await adapter.openTap({ exchange, routingPatterns: [pattern] }, recorder);
    // Nothing is under way any more that could miss its time.
    await tap.confirm();
    const all = await queues();
    expect(all.length - tapQueuesAmong(all).length).toBe(1);
    return { tap, recorder };
  };
  return { adapter, tapped, queues };
}

async function publishMany(key: string, count: number): Promise<void> {
  const published = Array.from({ length: count }, () => publisher.publish(message(exchange, key)));
  await Promise.all(published);
}

/** Publishes while the gateway takes nothing. */
async function overflow(key: string, count: number): Promise<void> {
  proxy.stall(true);
  await publishMany(key, count);
  proxy.stall(false);
}

test("what the broker drops is one gap a burst, with the count, and nothing else is missing", async () => {
  const { tapped } = await stoppable();
  const { recorder } = await tapped("a");
  const before = new Date();
  let received = 0;
  for (const [place, count] of [500, 300].entries()) {
    await overflow("a", count);
    await recorder.until(() => recorder.gaps.length > place);
    await publishMany("a", 1);
    const { dropped = 0, ...gap } = recorder.gaps[place] ?? {};
    await recorder.until(() => recorder.messages.length - received + dropped > count);
    expect(gap).toMatchObject({ cause: "broker-overflow" });
    expect(dropped).toBeGreaterThanOrEqual(count - PREFETCH - HELD);
    expect(recorder.messages.length - received + dropped).toBe(count + 1);
    received = recorder.messages.length;
  }
  expect(recorder.gaps).toHaveLength(2);
  expect(recorder.calls).not.toContain("interrupted");
  for (const { from, until } of recorder.gaps) {
    expect(from.getTime()).toBeGreaterThanOrEqual(before.getTime() - 5_000);
    expect(until.getTime()).toBeGreaterThanOrEqual(from.getTime());
    expect(until.getTime()).toBeLessThanOrEqual(Date.now());
  }
});

test("each tap is told of what its own queue has dropped", async () => {
  const { tapped } = await stoppable();
  const [a, b, idle] = [await tapped("a"), await tapped("b"), await tapped("c")];
  proxy.stall(true);
  await publishMany("a", 200);
  await publishMany("b", 400);
  proxy.stall(false);
  for (const { recorder } of [a, b]) await recorder.until(() => recorder.gaps.length > 0);
  const accounted = ({ recorder }: typeof a) =>
    recorder.messages.length + (recorder.gaps[0]?.dropped ?? 0);
  expect([accounted(a), accounted(b)]).toEqual([200, 400]);
  expect(idle.recorder.calls).toEqual(["live"]);
});

test("what was dropped before the connection was lost is within the one gap of that", async () => {
  const { tapped } = await stoppable();
  const { recorder } = await tapped("a");
  proxy.stall(true);
  await publishMany("a", 200);
  const dropping = Date.now();
  proxy.cut();
  proxy.stall(false);
  await recorder.until(() => recorder.gaps.length > 0);
  await publishMany("a", 1);
  await recorder.until(() => recorder.calls.at(-1) === "delivery");
  expect(recorder.gaps).toHaveLength(1);
  expect(recorder.gaps[0]?.cause).toBe("reconnected");
  expect(recorder.gaps[0]?.from.getTime()).toBeLessThanOrEqual(dropping);
  await overflow("a", 200);
  await recorder.until(() => recorder.gaps.length > 1);
  expect(recorder.gaps[1]?.dropped).toBeLessThanOrEqual(200 - PREFETCH);
});

test("a tap that is closed is told nothing, and with the last the canary goes", async () => {
  const { tapped, queues } = await stoppable();
  const [closed, open] = [await tapped("a"), await tapped("a")];
  proxy.stall(true);
  await publishMany("a", 200);
  const closing = closed.tap.close();
  const before = [...closed.recorder.calls];
  proxy.stall(false);
  await closing;
  await open.recorder.until(() => open.recorder.gaps.length > 0);
  expect(closed.recorder.calls).toEqual(before);
  await open.tap.close();
  await eventually(async () => expect(await queues()).toEqual([]));
});

test("where the user may send no dead letters, taps are had without, and the log says so once", async () => {
  const user = await createBrokerUser(rabbitMq, "secret", {
    configure: ".*",
    write: String.raw`^(?!amq\.default$).*`,
    read: ".*",
  });
  onTestFinished(() => user.remove());
  const lines: string[] = [];
  const instance = randomUUID().slice(0, 8);
  const adapter = await opened(user.amqpUrl, instance, (line) => void lines.push(line));
  onTestFinished(() => adapter.close());
  const recorders = [new TapRecorder(), new TapRecorder()];
  for (const recorder of recorders)
    await adapter.openTap({ exchange, routingPatterns: ["a"] }, recorder);
  await publishMany("a", 1);
  await Promise.all(recorders.map((recorder) => recorder.received(1)));
  const all = await topologyOf(rabbitMq).queues();
  const ours = tapQueuesAmong(all).filter(({ name }) => name.startsWith(`gql.${instance}.`));
  expect(ours).toHaveLength(2);
  for (const queue of ours) expect(queue.arguments).not.toHaveProperty("x-dead-letter-exchange");
  expect(lines.filter((line) => line.includes("dead letters"))).toHaveLength(1);
});
