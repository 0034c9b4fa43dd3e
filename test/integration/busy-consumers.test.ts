import { randomUUID } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { fieldTable } from "../../src/broker/field-table.ts";
import { createRabbitMqAdapter } from "../../src/broker/rabbitmq/rabbitmq-adapter.ts";
import { resolveConfig } from "../../src/config/config.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { coded } from "../conformance/broker-contract/coded.ts";
import { ConsumerRecorder } from "../conformance/broker-contract/consumer-recorder.ts";
import { message } from "../conformance/broker-contract/fixtures.ts";
import { connected } from "../harness/connected.ts";
import { sharedRabbitMq } from "../harness/rabbitmq/shared.ts";

const rabbitMq = sharedRabbitMq();
const CHANNELS = 3;

test("a consumer more than there are channels is BUSY by itself; the next has the place of one that ends", async () => {
  const adapter = createRabbitMqAdapter({
    ...resolveConfig({ amqpUrl: rabbitMq.amqpUrl }),
    url: rabbitMq.amqpUrl,
    maxWorkChannels: CHANNELS,
    logger: createLogger({ level: "silent" }),
  });
  onTestFinished(() => adapter.close());
  adapter.open();
  await connected(adapter);

  const begun = async () => {
    const queue = `busy-${randomUUID()}`;
    const type = "classic";
    const lives = { durable: false, autoDelete: false };
    await adapter.declareQueue({ name: queue, type, ...lives, arguments: fieldTable() });
    onTestFinished(async () => {
      await adapter.deleteQueue(queue, { ifUnused: false, ifEmpty: false });
    });
    const recorder = new ConsumerRecorder("ack");
    const consumption = await adapter.consume(queue, { prefetch: 1 }, recorder);
    return { queue, recorder, consumption };
  };
  const expectAllGoOn = async (consumers: readonly Awaited<ReturnType<typeof begun>>[]) => {
    for (const { queue, recorder } of consumers) {
      const had = recorder.deliveries.length;
      await adapter.publish(message("", queue));
      await recorder.received(had + 1);
      expect(new Set(recorder.calls)).toEqual(new Set(["delivery"]));
    }
  };

  const consumers: Awaited<ReturnType<typeof begun>>[] = [];
  for (let count = 0; count < CHANNELS; count++) consumers.push(await begun());
  await expectAllGoOn(consumers);
  // Again and again, and several at once: what is refused leaves nothing behind.
  for (let time = 0; time < 3; time++) {
    await expect(begun()).rejects.toEqual(coded("BUSY", "as many consumers"));
    const both = await Promise.allSettled([begun(), begun()]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  }
  await expectAllGoOn(consumers);

  await consumers.pop()?.consumption.close();
  consumers.push(await begun());
  await expectAllGoOn(consumers);
  await expect(begun()).rejects.toEqual(coded("BUSY", "as many consumers"));
  expect(adapter.status.state).toBe("connected");
});
