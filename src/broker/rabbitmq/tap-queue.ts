import type { Channel } from "amqplib";
import { uniqueId } from "../unique-id.ts";
import { exchangeNotFound } from "../broker-errors.ts";
import { fieldTable } from "../field-table.ts";
import type { TapSpec } from "../topology.ts";
import type { QueueConsumer } from "./consumer-channel.ts";
import type { Consuming } from "./consuming.ts";
import { encodeFieldTable } from "./field-table-codec.ts";
import type { RabbitMqOptions } from "./options.ts";
import { refusal, replyCode } from "./reply-codes.ts";

export interface OpenTapQueue {
  /** Makes the bindings again. Rejects with NOT_FOUND where the exchange is no longer there. */
  bind(): Promise<void>;
  close(): Promise<void>;
}

/** Declares a tap's queue, binds it, consumes it. Rejects, with nothing left behind, where any step fails. */
export async function openTapQueue(
  consuming: Consuming,
  spec: TapSpec,
  consumer: QueueConsumer,
  options: RabbitMqOptions,
): Promise<OpenTapQueue> {
  const queue = `gql.${options.instance}.${uniqueId()}`;
  const refused = (error: unknown) =>
    replyCode(error) === 404
      ? exchangeNotFound(spec.exchange)
      : refusal(error, `The broker refused a subscription to exchange "${spec.exchange}"`);
  try {
    await consuming.declarations.run(async (channel, bounded) => {
      await bounded(channel.assertQueue(queue, tapQueueOptions(options)));
      await bind(channel, bounded, queue, spec);
    });
    const channel = await consuming.consumers.pick();
    const consumption = await channel.consume(queue, consumer);
    return {
      bind: () =>
        consuming.declarations
          .run((declaring, bounded) => bind(declaring, bounded, queue, spec))
          .catch((error: unknown) => Promise.reject(refused(error))),
      // The queue is auto-delete: it goes with its last consumer.
      close: () => consumption.cancel(),
    };
  } catch (error) {
    await consuming.declarations
      .run((channel, bounded) => bounded(channel.deleteQueue(queue)))
      .catch(() => {});
    throw refused(error);
  }
}

function tapQueueOptions(options: RabbitMqOptions) {
  return {
    exclusive: true,
    autoDelete: true,
    durable: false,
    arguments: {
      "x-queue-type": "classic",
      "x-max-length": options.tapMaxLength,
      "x-max-length-bytes": options.tapMaxLengthBytes,
      "x-overflow": "drop-head",
      "x-expires": options.tapExpiresMs,
    },
  };
}

async function bind(
  channel: Channel,
  bounded: <A>(answer: Promise<A>) => Promise<A>,
  queue: string,
  { exchange, routingPatterns, headers }: TapSpec,
): Promise<void> {
  const bindingArguments = headers
    ? encodeFieldTable(fieldTable({ ...headers.values, "x-match": headers.match }))
    : {};
  for (const pattern of routingPatterns)
    await bounded(channel.bindQueue(queue, exchange, pattern, bindingArguments));
}
