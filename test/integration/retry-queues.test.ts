import { randomUUID } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { Broker } from "../../src/broker/broker.ts";
import { fieldTable } from "../../src/broker/field-table.ts";
import { createRabbitMqAdapter } from "../../src/broker/rabbitmq/rabbitmq-adapter.ts";
import { resolveConfig } from "../../src/config/config.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { Metrics } from "../../src/telemetry/metrics.ts";
import { Retries } from "../../src/work/retries.ts";
import { retryQueueName } from "../../src/work/retry-queue.ts";
import { ConsumerRecorder } from "../conformance/broker-contract/consumer-recorder.ts";
import { connected } from "../harness/connected.ts";
import { eventually } from "../harness/eventually.ts";
import { sharedRabbitMq } from "../harness/rabbitmq/shared.ts";
import { topologyOf } from "../harness/rabbitmq/topology.ts";
import { TestMessage } from "../harness/test-message.ts";

/** What a publish may take is two thirds of it, on whatever machine. */
const SPARE_MS = 2_000;
const DELAYS_MS = [100, 250, 500];
const LONGEST_LIFE_MS = 500 + SPARE_MS;
/** Times the longest life of a retry queue. */
const LIVES = 2;

const rabbitMq = sharedRabbitMq();

test("a retry queue takes no message along, however long it is published to, and goes when it is empty", async () => {
  const logger = createLogger({ level: "silent" });
  const config = resolveConfig({ amqpUrl: rabbitMq.amqpUrl });
  const adapter = createRabbitMqAdapter({ ...config, url: rabbitMq.amqpUrl, logger });
  onTestFinished(() => adapter.close());
  adapter.open();
  await connected(adapter);
  const broker = new Broker(adapter, config, { logger, metrics: new Metrics() });
  const queue = `retried-${randomUUID()}`;
  await adapter.declareQueue({
    name: queue,
    type: "classic",
    durable: true,
    autoDelete: false,
    arguments: fieldTable(),
  });
  onTestFinished(async () => {
    await adapter.deleteQueue(queue, { ifUnused: false, ifEmpty: false });
  });

  const retries = new Retries(broker, SPARE_MS);
  const recorder = new ConsumerRecorder("ack");
  await adapter.consume(queue, { prefetch: 100 }, recorder);
  const sent: string[] = [];
  const beganAt = performance.now();
  const send = async (delayMs: number): Promise<void> => {
    const body = `${delayMs} ms, at ${Math.round(performance.now() - beganAt)}, ${randomUUID()}`;
    sent.push(body);
    await retries.send(new TestMessage({ body }), { queue, attempt: 2, delayMs });
  };

  // Whatever comes back sends the next: some are published at every age that a declaration can have.
  for (let round = 1; performance.now() - beganAt < LIVES * LONGEST_LIFE_MS; round++) {
    await Promise.all(DELAYS_MS.map(send));
    await recorder.until(
      () => recorder.bodies.filter((body) => body.startsWith("100 ")).length >= round,
    );
  }
  await recorder.received(sent.length);
  expect(recorder.bodies.toSorted()).toEqual(sent.toSorted());

  const names = DELAYS_MS.map((delayMs) => retryQueueName(queue, delayMs));
  await eventually(async () => {
    const left = (await topologyOf(rabbitMq).queues()).map(({ name }) => name);
    expect(left.filter((name) => names.includes(name))).toEqual([]);
  });
  // Where it is gone it is made again.
  await send(100);
  await recorder.received(sent.length);
});
