import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { BrokerAdapter } from "../../src/broker/adapter.ts";
import { createRabbitMqAdapter } from "../../src/broker/rabbitmq/rabbitmq-adapter.ts";
import { resolveConfig } from "../../src/config/config.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { exchangeSpec, message, unique } from "../conformance/broker-contract/fixtures.ts";
import { TapRecorder } from "../conformance/broker-contract/tap-recorder.ts";
import { connected } from "../harness/connected.ts";
import { eventually } from "../harness/eventually.ts";
import { freePorts } from "../harness/free-ports.ts";
import { sharedRabbitMq } from "../harness/rabbitmq/shared.ts";
import { startTcpProxy } from "../harness/tcp-proxy.ts";

/** What is RabbitMQ's own about bindings that are lost; the rest is in the broker contract. */

const rabbitMq = sharedRabbitMq();
const PROBE_MS = 200;

let exchange: string;
let operator: BrokerAdapter;
const lines: string[] = [];

async function opened(managementUrl = rabbitMq.managementUrl): Promise<BrokerAdapter> {
  const adapter = createRabbitMqAdapter({
    ...resolveConfig({ amqpUrl: rabbitMq.amqpUrl, managementUrl, bindingProbeMs: PROBE_MS }),
    url: rabbitMq.amqpUrl,
    logger: createLogger({ level: "info", destination: { write: (line) => lines.push(line) } }),
  });
  onTestFinished(() => adapter.close());
  adapter.open();
  await connected(adapter);
  return adapter;
}

beforeEach(async () => {
  lines.length = 0;
  operator = createRabbitMqAdapter({
    ...resolveConfig({ amqpUrl: rabbitMq.amqpUrl }),
    url: rabbitMq.amqpUrl,
    logger: createLogger({ level: "silent" }),
  });
  operator.open();
  await connected(operator);
  exchange = unique("lost");
  await operator.declareExchange(exchangeSpec(exchange, "topic"));
});

afterEach(async () => {
  await operator.deleteExchange(exchange, { ifUnused: false });
  await operator.close();
});

async function replaceExchange(): Promise<void> {
  await operator.deleteExchange(exchange, { ifUnused: false });
  await operator.declareExchange(exchangeSpec(exchange, "topic"));
}

/** Published again and again, until the tap has it. */
async function routedAgain(recorder: TapRecorder): Promise<void> {
  const had = recorder.messages.length;
  while (recorder.messages.length === had) await operator.publish(message(exchange, "a"));
}

test("where no management API answers, a replaced exchange is bound again, untold, and the log has said so once", async () => {
  const [port] = await freePorts(1);
  const adapter = await opened(`http://user:secret@127.0.0.1:${port}`);
  const recorder = new TapRecorder();
  await adapter.openTap({ exchange, routingPatterns: ["#"] }, recorder);
  for (let times = 0; times < 2; times++) {
    await replaceExchange();
    await routedAgain(recorder);
  }
  expect(recorder.gaps.length).toBeLessThanOrEqual(2);
  const warnings = lines.filter((line) => line.includes("management-url"));
  expect(warnings).toHaveLength(1);
  expect(warnings.join()).toContain("ECONNREFUSED");
  expect(lines.join()).not.toContain("secret");
});

test("many taps on an exchange that is replaced are each told once, and none on another", async () => {
  const adapter = await opened();
  const spec = (place: number) => ({ exchange, routingPatterns: ["all", `key.${place}`] });
  const recorders = Array.from({ length: 50 }, () => new TapRecorder());
  await Promise.all(recorders.map((recorder, place) => adapter.openTap(spec(place), recorder)));
  const neighbour = new TapRecorder();
  const neighbouring = await adapter.openTap(
    { exchange: "amq.topic", routingPatterns: [exchange] },
    neighbour,
  );
  await replaceExchange();
  await Promise.all(recorders.map((recorder) => recorder.until(() => recorder.gaps.length > 0)));
  await operator.publish(message(exchange, "all"));
  await Promise.all(recorders.map((recorder) => recorder.received(1)));
  expect(recorders.map(({ gaps }) => gaps.map(({ cause }) => cause))).toEqual(
    recorders.map(() => ["binding-lost"]),
  );
  await neighbouring.confirm();
  await operator.publish(message("amq.topic", exchange));
  await neighbour.received(1);
  expect(neighbour.calls).toEqual(["live", "delivery"]);
});

/** A tap whose bindings the management API has told of, until it stopped answering. */
async function unanswered() {
  const url = new URL(rabbitMq.managementUrl);
  const proxy = await startTcpProxy({ port: Number(url.port) });
  onTestFinished(() => proxy.close());
  url.port = String(proxy.port);
  const adapter = await opened(url.href);
  const recorder = new TapRecorder();
  const tap = await adapter.openTap({ exchange, routingPatterns: ["#"] }, recorder);
  await replaceExchange();
  await recorder.until(() => recorder.gaps.length === 1);
  proxy.stall(true);
  return { proxy, recorder, tap };
}

describe("a management API that has answered and is late", () => {
  test("a replaced exchange is bound again when it answers, and told", async () => {
    const { proxy, recorder, tap } = await unanswered();
    await replaceExchange();
    const missed = await operator.publish(message(exchange, "a"));
    const missedMs = Date.now();
    expect(missed).toMatchObject({ routed: false });
    // Nobody who joins is refused.
    await tap.confirm();
    await eventually(() => expect(lines.join()).toContain("does not answer"), {
      timeoutMs: 10_000,
    });
    await tap.confirm();
    expect(await operator.publish(message(exchange, "a"))).toMatchObject({ routed: false });
    await proxy.heal();
    await recorder.until(() => recorder.gaps.length === 2);
    const [, gap] = recorder.gaps;
    expect(gap?.cause).toBe("binding-lost");
    expect(gap?.from.getTime()).toBeLessThan(missedMs);
    expect(gap?.until.getTime()).toBeGreaterThanOrEqual(missedMs);
    await operator.publish(message(exchange, "a"));
    await recorder.received(1);
    expect(recorder.gaps).toHaveLength(2);
    const said = lines.map((line) => /does not answer|answers again/.exec(line)?.[0]);
    expect(said.filter(Boolean)).toEqual(["does not answer", "answers again"]);
  });

  test("an exchange that is missing is told without it, and bound again when it is back", async () => {
    const { recorder, tap } = await unanswered();
    await operator.deleteExchange(exchange, { ifUnused: false });
    await expect(tap.confirm()).rejects.toMatchObject({ code: "NOT_FOUND" });
    await operator.declareExchange(exchangeSpec(exchange, "topic"));
    await recorder.until(() => recorder.gaps.length === 2);
    await operator.publish(message(exchange, "a"));
    await recorder.received(1);
    expect(recorder.gaps.map(({ cause }) => cause)).toEqual(["binding-lost", "binding-lost"]);
  });
});
