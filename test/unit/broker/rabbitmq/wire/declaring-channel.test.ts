import { expect, test } from "vitest";
import { fieldTable } from "../../../../../src/broker/field-table.ts";
import * as amqp from "../../../../../src/broker/rabbitmq/wire/amqp-constants.ts";
import type { Channel } from "../../../../../src/broker/rabbitmq/wire/channel.ts";
import type { Delivery } from "../../../../../src/broker/rabbitmq/wire/delivery.ts";
import { scriptedChannels } from "./scripted-channels.ts";

const opened = scriptedChannels();

const ARGUMENTS = fieldTable({ "x-a": 1 });

interface Asked {
  readonly ask: (channel: Channel) => Promise<unknown>;
  readonly method: number;
  readonly fields: object;
  readonly answer: number;
  readonly answerFields?: object;
  readonly outcome?: unknown;
}

const queue = { durable: true, exclusive: false, autoDelete: true, arguments: ARGUMENTS };
const counts = { messageCount: 7, consumerCount: 2 };
const declared = { queue: "a longer name", ...counts };
const asked: Readonly<Record<string, Asked>> = {
  "a queue": {
    ask: (channel) => channel.declareQueue("q", queue),
    method: amqp.QUEUE_DECLARE,
    fields: { queue: "q", passive: false, nowait: false, ...queue, arguments: { "x-a": 1 } },
    answer: amqp.QUEUE_DECLARE_OK,
    answerFields: declared,
    outcome: counts,
  },
  "an exclusive queue": {
    ask: (channel) =>
      channel.declareQueue("q", { ...queue, durable: false, exclusive: true, autoDelete: false }),
    method: amqp.QUEUE_DECLARE,
    fields: { durable: false, exclusive: true, autoDelete: false, nowait: false },
    answer: amqp.QUEUE_DECLARE_OK,
    answerFields: declared,
    outcome: counts,
  },
  "a queue's counts": {
    ask: (channel) => channel.checkQueue("q"),
    method: amqp.QUEUE_DECLARE,
    fields: { queue: "q", passive: true, nowait: false, arguments: {} },
    answer: amqp.QUEUE_DECLARE_OK,
    answerFields: declared,
    outcome: counts,
  },
  "whether an exchange is there": {
    ask: (channel) => channel.checkExchange("e"),
    method: amqp.EXCHANGE_DECLARE,
    fields: { exchange: "e", type: "", passive: true, nowait: false, arguments: {} },
    answer: amqp.EXCHANGE_DECLARE_OK,
  },
  "a queue's deletion": {
    ask: (channel) => channel.deleteQueue("q", { ifUnused: true, ifEmpty: false }),
    method: amqp.QUEUE_DELETE,
    fields: { queue: "q", ifUnused: true, ifEmpty: false, nowait: false },
    answer: amqp.QUEUE_DELETE_OK,
    answerFields: { messageCount: 3 },
    outcome: { messageCount: 3 },
  },
  "an empty queue's deletion": {
    ask: (channel) => channel.deleteQueue("q", { ifUnused: false, ifEmpty: true }),
    method: amqp.QUEUE_DELETE,
    fields: { queue: "q", ifUnused: false, ifEmpty: true, nowait: false },
    answer: amqp.QUEUE_DELETE_OK,
    answerFields: { messageCount: 0 },
    outcome: { messageCount: 0 },
  },
  "a purge": {
    ask: (channel) => channel.purgeQueue("q"),
    method: amqp.QUEUE_PURGE,
    fields: { queue: "q", nowait: false },
    answer: amqp.QUEUE_PURGE_OK,
    answerFields: { messageCount: 4 },
    outcome: { messageCount: 4 },
  },
  "a queue's binding": {
    ask: (channel) => channel.bindQueue("to", "from", "key", ARGUMENTS),
    method: amqp.QUEUE_BIND,
    fields: {
      queue: "to",
      exchange: "from",
      routingKey: "key",
      nowait: false,
      arguments: { "x-a": 1 },
    },
    answer: amqp.QUEUE_BIND_OK,
  },
  "a prefetch": {
    ask: (channel) => channel.prefetch(300),
    method: amqp.BASIC_QOS,
    fields: { prefetchSize: 0, prefetchCount: 300, global: false },
    answer: amqp.BASIC_QOS_OK,
  },
  "a consumer": {
    ask: (channel) =>
      channel.consume(
        "q",
        { consumerTag: "t", exclusive: true, arguments: ARGUMENTS },
        { delivery: () => {}, cancelled: () => {} },
      ),
    method: amqp.BASIC_CONSUME,
    fields: {
      queue: "q",
      consumerTag: "t",
      exclusive: true,
      noAck: false,
      noLocal: false,
      nowait: false,
      arguments: { "x-a": 1 },
    },
    answer: amqp.BASIC_CONSUME_OK,
    answerFields: { consumerTag: "t" },
  },
  "a consumer's end": {
    ask: (channel) => channel.cancel("t"),
    method: amqp.BASIC_CANCEL,
    fields: { consumerTag: "t", nowait: false },
    answer: amqp.BASIC_CANCEL_OK,
    answerFields: { consumerTag: "t" },
  },
};

test.for(Object.entries(asked))(
  "asks for %s, and is answered",
  async ([, { ask, ...expected }]) => {
    const { channel, dialled } = await opened();
    const answered = ask(channel);
    expect(await dialled.method(expected.method)).toMatchObject(expected.fields);
    dialled.say(expected.answer, expected.answerFields, 1);
    expect(await answered).toEqual(expected.outcome);
  },
);

test("asks one thing after another", async () => {
  const { channel, dialled } = await opened();
  const counted = ["a", "b", "c"].map((name) => channel.checkQueue(name));
  for (const [messageCount, name] of ["a", "b", "c"].entries()) {
    expect(await dialled.method(amqp.QUEUE_DECLARE)).toMatchObject({ queue: name });
    // Had another been asked already, it would come before the answer to this.
    channel.ack({ tag: 1 } as Delivery);
    await dialled.method(amqp.BASIC_ACK);
    dialled.say(amqp.QUEUE_DECLARE_OK, { queue: name, messageCount, consumerCount: 0 }, 1);
  }
  const answers = await Promise.all(counted);
  expect(answers.map(({ messageCount }) => messageCount)).toEqual([0, 1, 2]);
});

test("asks nothing that does not fit into a frame", async () => {
  const { channel, dialled } = await opened();
  const more = fieldTable({ "x-a": "x".repeat(131_072) });
  await expect(channel.bindQueue("q", "e", "k", more)).rejects.toThrow(RangeError);
  await expect(channel.checkQueue("q".repeat(256))).rejects.toThrow(RangeError);
  const counted = channel.checkQueue("q");
  expect(await dialled.method(amqp.QUEUE_DECLARE)).toMatchObject({ queue: "q" });
  dialled.say(amqp.QUEUE_DECLARE_OK, { queue: "q", messageCount: 1, consumerCount: 0 }, 1);
  await counted;
});
