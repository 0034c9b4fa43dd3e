import { afterEach, beforeEach, expect, test } from "vitest";
import type { BrokerAdapter } from "../../src/broker/adapter.ts";
import { createRabbitMqAdapter } from "../../src/broker/rabbitmq/rabbitmq-adapter.ts";
import { resolveConfig } from "../../src/config/config.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { exchangeSpec, message, unique } from "../conformance/broker-contract/fixtures.ts";
import { TapRecorder } from "../conformance/broker-contract/tap-recorder.ts";
import { connected } from "../harness/connected.ts";
import { sharedRabbitMq } from "../harness/rabbitmq/shared.ts";
import { startTcpProxy, type TcpProxy } from "../harness/tcp-proxy.ts";

const rabbitMq = sharedRabbitMq();
/** More than a consumer may have unacknowledged, so that they come only where deliveries are acknowledged. */
const MANY = 1_000;
const RPC_TIMEOUT_MS = 1_000;

let proxy: TcpProxy;
/** Behind a network that breaks, and on one that does not. */
let broken: BrokerAdapter;
let whole: BrokerAdapter;
let exchange: string;

beforeEach(async () => {
  const { hostname, port } = new URL(rabbitMq.amqpUrl);
  proxy = await startTcpProxy({ host: hostname, port: Number(port) });
  const proxied = new URL(rabbitMq.amqpUrl);
  proxied.host = `127.0.0.1:${proxy.port}`;
  [broken, whole] = await Promise.all([opened(proxied.href), opened(rabbitMq.amqpUrl)]);
  exchange = unique("interrupted");
  await whole.declareExchange(exchangeSpec(exchange, "fanout"));
});

afterEach(async () => {
  await whole.deleteExchange(exchange, { ifUnused: false });
  await Promise.all([broken.close(), whole.close()]);
  await proxy.close();
});

async function opened(url: string): Promise<BrokerAdapter> {
  const adapter = createRabbitMqAdapter({
    // Nothing tells of bindings, so that it is known when they were last made sure of.
    ...resolveConfig({ amqpUrl: url, managementUrl: "http://127.0.0.1:1" }),
    url,
    logger: createLogger({ level: "silent" }),
    rpcTimeoutMs: RPC_TIMEOUT_MS,
    reconnectMinMs: 1,
    reconnectMaxMs: 10,
  });
  adapter.open();
  await connected(adapter);
  return adapter;
}

async function publishMany(): Promise<void> {
  const keys = Array.from({ length: MANY }, (_, place) => String(place));
  await Promise.all(keys.map((key) => whole.publish(message(exchange, key))));
}

test("a tap goes on after each interruption, and tells the gap before the first delivery", async () => {
  const recorder = new TapRecorder();
  await broken.openTap({ exchange, routingPatterns: ["#"] }, recorder);
  const deliveries = Array.from({ length: MANY }, () => "delivery");
  await publishMany();
  await recorder.received(MANY);
  const lastBefore = recorder.messages.at(-1)?.receivedAt;
  for (let time = 1; time <= 2; time++) {
    proxy.cut();
    await recorder.until(() => recorder.gaps.length === time);
    await publishMany();
    await recorder.received(MANY * (time + 1));
  }
  const afterInterruption = ["interrupted", "gap", ...deliveries];
  expect(withoutRepeats(recorder.calls)).toEqual(
    ["live", ...deliveries].concat(afterInterruption, afterInterruption),
  );
  const [gap] = recorder.gaps;
  expect(gap).toMatchObject({ cause: "reconnected", from: lastBefore });
  expect(gap?.until.getTime()).toBeGreaterThanOrEqual(gap?.from.getTime() ?? Infinity);
});

test("of several patterns, the gap begins when all were last known to be bound", async () => {
  await whole.declareExchange(exchangeSpec(`${exchange}.topic`, "topic"));
  const recorder = new TapRecorder();
  await broken.openTap({ exchange: `${exchange}.topic`, routingPatterns: ["a", "b"] }, recorder);
  const boundBy = Date.now();
  // Until the clock has moved on, a message is no later than the bindings.
  do await whole.publish(message(`${exchange}.topic`, "a"));
  while (Date.now() === boundBy);
  await whole.publish(message(`${exchange}.topic`, "a"));
  await recorder.until(() => (recorder.messages.at(-1)?.receivedAt.getTime() ?? 0) > boundBy);
  proxy.cut();
  await recorder.until(() => recorder.gaps.length === 1);
  expect(recorder.gaps[0]?.from.getTime()).toBeLessThanOrEqual(boundBy);
  await whole.deleteExchange(`${exchange}.topic`, { ifUnused: false });
});

test("a tap that its listener closes when it is told of a gap calls it never again", async () => {
  const neighbour = new TapRecorder();
  await broken.openTap({ exchange, routingPatterns: ["#"] }, neighbour);
  const recorder = new TapRecorder();
  let closed: Promise<void> | undefined;
  const tap = await broken.openTap(
    { exchange, routingPatterns: ["other"] },
    {
      live: () => recorder.live(),
      delivery: (delivered) => recorder.delivery(delivered),
      interrupted: (why) => recorder.interrupted(why),
      gap: (gap) => {
        closed = tap.close();
        recorder.gap(gap);
      },
      ended: (error) => recorder.ended(error),
    },
  );
  proxy.cut();
  await recorder.until(() => closed !== undefined);
  await neighbour.until(() => neighbour.gaps.length === 1);
  await publishMany();
  await neighbour.received(MANY);
  await closed;
  expect(withoutRepeats(recorder.calls)).toEqual(["live", "interrupted", "gap"]);
});

test("many taps that close at once on a slow network interrupt nobody", async () => {
  const neighbour = new TapRecorder();
  const spec = { exchange, routingPatterns: ["#"] };
  await broken.openTap(spec, neighbour);
  const taps = await Promise.all(
    Array.from({ length: 200 }, () => broken.openTap(spec, new TapRecorder())),
  );
  // Each answer comes soon enough; all of them together do not.
  proxy.delay(RPC_TIMEOUT_MS / 20);
  await Promise.all(taps.map((tap) => tap.close()));
  proxy.delay(0);
  await whole.publish(message(exchange, "after"));
  await neighbour.received(1);
  expect(neighbour.calls).toEqual(["live", "delivery"]);
});

test("a connection that flaps is a gap for each interruption, one after another", async () => {
  const recorder = new TapRecorder();
  await broken.openTap({ exchange, routingPatterns: ["#"] }, recorder);
  for (let time = 1; time <= 10; time++) {
    proxy.cut();
    // Sometimes while it is being restored, sometimes as soon as it is.
    if (time % 2 === 0) await recorder.until(() => recorder.calls.at(-1) === "gap");
    else await recorder.until(() => recorder.calls.at(-1) === "interrupted");
  }
  await recorder.until(() => recorder.calls.at(-1) === "gap");
  await whole.publish(message(exchange, "after"));
  await recorder.received(1);
  const told = withoutRepeats(recorder.calls);
  expect(told.slice(0, -1).filter((_, place) => place % 2 === 1)).toEqual(
    recorder.gaps.map(() => "interrupted"),
  );
  expect(told.slice(1, -1).filter((_, place) => place % 2 === 1)).toEqual(
    recorder.gaps.map(() => "gap"),
  );
  for (const [place, { cause, from, until }] of recorder.gaps.entries()) {
    expect(cause).toBe("reconnected");
    expect(until.getTime()).toBeGreaterThanOrEqual(from.getTime());
    const before = recorder.gaps[place - 1]?.until.getTime() ?? 0;
    expect(from.getTime()).toBeGreaterThanOrEqual(before);
  }
});

test("a tap whose exchange is gone when the connection is back waits for it, in one gap", async () => {
  const recorder = new TapRecorder();
  await broken.openTap({ exchange, routingPatterns: ["#"] }, recorder);
  await proxy.refuse(true);
  proxy.cut();
  await recorder.until(() => recorder.calls.includes("interrupted"));
  await whole.deleteExchange(exchange, { ifUnused: false });
  await proxy.refuse(false);
  await recorder.until(() => recorder.obstacles.at(-1) === "NOT_FOUND");
  await goesOnInOneGap(recorder);
  expect(recorder.gaps[0]?.cause).toBe("reconnected");
});

test("a tap that loses its exchange and then its connection has one gap, of the first cause", async () => {
  const recorder = new TapRecorder();
  await broken.openTap({ exchange, routingPatterns: ["#"] }, recorder);
  await broken.deleteExchange(exchange, { ifUnused: false });
  await recorder.until(() => recorder.obstacles.at(-1) === "NOT_FOUND");
  proxy.cut();
  await recorder.until(() => recorder.obstacles.at(-1) === "BROKER_UNAVAILABLE");
  await recorder.until(() => recorder.obstacles.at(-1) === "NOT_FOUND");
  await goesOnInOneGap(recorder);
  expect(recorder.gaps[0]?.cause).toBe("binding-lost");
});

/** Once the exchange is there again. */
async function goesOnInOneGap(recorder: TapRecorder): Promise<void> {
  await whole.declareExchange(exchangeSpec(exchange, "fanout"));
  await recorder.until(() => recorder.gaps.length > 0);
  await whole.publish(message(exchange, "after"));
  await recorder.received(1);
  expect(withoutRepeats(recorder.calls)).toEqual(["live", "interrupted", "gap", "delivery"]);
}

/** An interruption is told again where there is a new reason for it. */
function withoutRepeats(calls: readonly string[]): readonly string[] {
  return calls.filter((call, place) => call !== "interrupted" || calls[place - 1] !== call);
}
