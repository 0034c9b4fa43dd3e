import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import type { BrokerAdapter } from "../../src/broker/adapter.ts";
import { createRabbitMqAdapter } from "../../src/broker/rabbitmq/rabbitmq-adapter.ts";
import { resolveConfig } from "../../src/config/config.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { exchangeSpec, message, unique } from "../conformance/broker-contract/fixtures.ts";
import { TapRecorder } from "../conformance/broker-contract/tap-recorder.ts";
import { connected } from "../harness/connected.ts";
import { freePorts } from "../harness/free-ports.ts";
import { sharedRabbitMq } from "../harness/rabbitmq/shared.ts";

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
