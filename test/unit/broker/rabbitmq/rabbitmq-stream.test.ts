import { expect, onTestFinished, test } from "vitest";
import type { FieldTable } from "../../../../src/broker/field-table.ts";
import type { RabbitMqOptions } from "../../../../src/broker/rabbitmq/options.ts";
import { RabbitMqStream } from "../../../../src/broker/rabbitmq/rabbitmq-stream.ts";
import type { AmqpConnection } from "../../../../src/broker/rabbitmq/wire/amqp-connection.ts";
import type { Delivery } from "../../../../src/broker/rabbitmq/wire/delivery.ts";
import { resolveConfig } from "../../../../src/config/config.ts";
import { createLogger } from "../../../../src/telemetry/logger.ts";

const MIB = 1_024 ** 2;

interface Stored {
  readonly offset: number;
  readonly bytes: number;
}

/** A connection to a stream all of which is one chunk: it is sent whole, whatever the prefetch. */
function connectedTo(chunk: readonly Stored[]) {
  const counted = { consumers: 0 };
  const openChannel = () => {
    let isOpen = true;
    return Promise.resolve({
      // The broker's turns, in which it sends and answers.
      prefetch: () => new Promise((resolve) => setImmediate(resolve)),
      ack: () => true,
      cancel: () => {
        isOpen = false;
        return Promise.resolve();
      },
      consume(
        _stream: string,
        { arguments: more }: { arguments: FieldTable },
        consumer: { delivery: (delivery: Delivery) => void },
      ) {
        counted.consumers++;
        const offset = more["x-stream-offset"];
        const from = offset === "first" ? 0 : Number(offset);
        setImmediate(() => {
          for (const [place, { offset: at, bytes }] of chunk.entries())
            if (isOpen && at >= from) consumer.delivery(delivery(place + 1, at, bytes));
        });
        return Promise.resolve();
      },
    });
  };
  const connection = {
    openChannel,
    closeChannel: () => Promise.resolve(),
    rpc: (answer: Promise<unknown>) => answer,
  } as unknown as AmqpConnection;
  return { connection, counted };
}

function delivery(tag: number, offset: number, bytes: number): Delivery {
  return {
    tag,
    redelivered: false,
    exchange: "",
    routingKey: "stream",
    headers: { "x-stream-offset": offset },
    properties: {},
    body: Buffer.alloc(bytes, offset),
  } as unknown as Delivery;
}

const LARGE = 2 * MIB;

test.for<[string, readonly Stored[]]>([
  ["one after another", [10, 11, 12, 13, 14].map((offset) => ({ offset, bytes: LARGE }))],
  [
    "where offsets are missing before them",
    [{ offset: 10, bytes: 10 }, ...[14, 15, 16, 17].map((offset) => ({ offset, bytes: LARGE }))],
  ],
  [
    "where offsets are missing among them",
    [10, 11, 20, 21, 30].map((offset) => ({ offset, bytes: LARGE })),
  ],
])(
  "messages of one chunk that are too large to be held together are read, %s",
  async ([, chunk]) => {
    const { connection, counted } = connectedTo(chunk);
    const options: RabbitMqOptions = {
      ...resolveConfig({}),
      url: "amqp://127.0.0.1",
      logger: createLogger({ level: "silent" }),
    };
    const reader = new RabbitMqStream("stream", { at: "first" }, options, {
      connection: () => connection,
      firstKept: () => new Promise((resolve) => setImmediate(() => resolve(chunk[0]?.offset ?? 0))),
      onClosed: () => {},
    });
    onTestFinished(() => reader.close());
    await reader.open();
    const read: (number | undefined)[] = [];
    while (read.length < chunk.length) read.push((await reader.next())?.offset);
    expect(read).toEqual(chunk.map(({ offset }) => offset));
    // Each brings one message further, at the least.
    expect(counted.consumers).toBeLessThanOrEqual(chunk.length);
  },
);
