import { randomUUID } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { Broker } from "../../src/broker/broker.ts";
import { fieldTable } from "../../src/broker/field-table.ts";
import { createRabbitMqAdapter } from "../../src/broker/rabbitmq/rabbitmq-adapter.ts";
import { resolveConfig } from "../../src/config/config.ts";
import { CodedError } from "../../src/errors.ts";
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
  /** What a machine that does other things as well took too long over: it may come, and may not. */
  const unknown: string[] = [];
  const beganAt = performance.now();
  const send = async (delayMs: number): Promise<void> => {
    const body = `${delayMs} ms, at ${Math.round(performance.now() - beganAt)}, ${randomUUID()}`;
    try {
      await retries.send(new TestMessage({ body }), { queue, attempt: 2, delayMs });
      sent.push(body);
    } catch (error) {
      if (!(error instanceof CodedError) || error.code !== "CONFIRM_UNKNOWN") throw error;
      unknown.push(body);
    }
  };
  const allBack = (start = "") =>
    recorder.until(() => {
      const back = new Set(recorder.bodies);
      return sent.every((body) => back.has(body) || !body.startsWith(start));
    });

  // Whatever comes back sends the next: some are published at every age that a declaration can have.
  while (performance.now() - beganAt < LIVES * LONGEST_LIFE_MS) {
    await Promise.all(DELAYS_MS.map(send));
    await allBack("100 ");
  }
  await allBack();
  const known = recorder.bodies.filter((body) => !unknown.includes(body));
  expect(known.toSorted()).toEqual(sent.toSorted());
  expect(sent.length).toBeGreaterThan(unknown.length);

  const names = DELAYS_MS.map((delayMs) => retryQueueName(queue, delayMs));
  await eventually(async () => {
    const left = (await topologyOf(rabbitMq).queues()).map(({ name }) => name);
    expect(left.filter((name) => names.includes(name))).toEqual([]);
  });
  // Where it is gone it is made again.
  await send(100);
  await allBack();
});
