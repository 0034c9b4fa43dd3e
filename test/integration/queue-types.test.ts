import { expect, onTestFinished, test } from "vitest";
import { fieldTable } from "../../src/broker/field-table.ts";
import { createRabbitMqAdapter } from "../../src/broker/rabbitmq/rabbitmq-adapter.ts";
import { resolveConfig } from "../../src/config/config.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { coded } from "../conformance/broker-contract/coded.ts";
import {
  declaredQueue,
  message,
  queueSpec,
  unique,
} from "../conformance/broker-contract/fixtures.ts";
import { connected } from "../harness/connected.ts";
import { sharedRabbitMq } from "../harness/rabbitmq/shared.ts";

const ANYHOW = { ifUnused: false, ifEmpty: false };

async function opened(managementUrl: string) {
  const { amqpUrl } = sharedRabbitMq();
  const adapter = createRabbitMqAdapter({
    ...resolveConfig({ amqpUrl }),
    url: amqpUrl,
    managementUrl,
    logger: createLogger({ level: "silent" }),
  });
  adapter.open();
  onTestFinished(() => adapter.close());
  await connected(adapter);
  return adapter;
}

const NOWHERE = "http://127.0.0.1:1";

/** RabbitMQ answers each of these with the end of the connection, or does it whatever the condition. */
test.for([
  ["purging a stream", "stream", "purge", sharedRabbitMq().managementUrl],
  ["purging a stream, without the management API", "stream", "purge", NOWHERE],
  ["deleting a stream if it is empty", "stream", "ifEmpty", sharedRabbitMq().managementUrl],
  ["deleting a quorum queue if unused", "quorum", "ifUnused", sharedRabbitMq().managementUrl],
  ["the same without the management API", "quorum", "ifUnused", NOWHERE],
] as const)("%s is NOT_SUPPORTED and harms nobody else", async ([, type, what, managementUrl]) => {
  const adapter = await opened(managementUrl);
  const [queue, neighbour] = [await declaredQueue(adapter, { type }), await declaredQueue(adapter)];
  await adapter.publish(message("", queue));
  const connections = adapter.connections.map(({ since }) => since);
  const [refused, ...others] = await Promise.allSettled([
    what === "purge"
      ? adapter.purgeQueue(queue)
      : adapter.deleteQueue(queue, { ...ANYHOW, [what]: true }),
    ...Array.from({ length: 20 }, () => adapter.countQueue(neighbour)),
  ]);
  expect(refused).toEqual({ status: "rejected", reason: coded("NOT_SUPPORTED", queue) });
  expect(new Set(others.map(({ status }) => status))).toEqual(new Set(["fulfilled"]));
  expect(await adapter.publish(message("", queue))).toEqual({ routed: true });
  expect(adapter.connections.map(({ since }) => since)).toEqual(connections);
  for (const name of [queue, neighbour]) await adapter.deleteQueue(name, ANYHOW);
});

/** RabbitMQ 3.10 checks none of these: it ends the connection over some, and does not answer others. */
test.each([
  ["classic", "x-queue-master-locator", "nearest"],
  ["classic", "x-queue-master-locator", 1.5],
  ["classic", "x-queue-master-locator", null],
  ["stream", "x-max-age", "soon"],
  ["stream", "x-max-age", "-5s"],
  ["stream", "x-max-age", ""],
] as const)(
  "a %s queue with %s: %j is refused and harms nobody else",
  async (type, name, value) => {
    const adapter = await opened(sharedRabbitMq().managementUrl);
    const neighbour = await declaredQueue(adapter);
    const connections = adapter.connections.map(({ since }) => since);
    const spec = queueSpec(unique("queue"), { type, arguments: fieldTable({ [name]: value }) });
    await expect(adapter.declareQueue(spec)).rejects.toEqual(coded("PRECONDITION_FAILED", name));
    await adapter.countQueue(neighbour);
    expect(adapter.connections.map(({ since }) => since)).toEqual(connections);
    await adapter.deleteQueue(neighbour, ANYHOW);
  },
);

test.each([
  ["classic", "x-queue-master-locator", "min-masters"],
  ["stream", "x-max-age", "7D"],
] as const)("a %s queue with %s: %j is declared", async (type, name, value) => {
  const adapter = await opened(sharedRabbitMq().managementUrl);
  const spec = queueSpec(unique("queue"), { type, arguments: fieldTable({ [name]: value }) });
  expect(await adapter.declareQueue(spec)).toEqual({ messagesReady: 0, consumers: 0 });
  await adapter.deleteQueue(spec.name, ANYHOW);
});
