import { EventEmitter, once } from "node:events";
import { describe, expect, test } from "vitest";
import * as amqp from "../../../../../src/broker/rabbitmq/wire/amqp-constants.ts";
import type { Delivery } from "../../../../../src/broker/rabbitmq/wire/delivery.ts";
import type { ClosedByBroker } from "../../../../../src/broker/rabbitmq/wire/wire-errors.ts";
import { encodeMethod, makeBodyFrame } from "../../../../harness/amqplib-codec.ts";
import { encodeDelivery } from "../../../../harness/scripted-broker.ts";
import { outgoing } from "../outgoing.ts";
import { scriptedChannels } from "./scripted-channels.ts";

const opened = scriptedChannels();

/** A channel with a consumer, and the next that the consumer is told. */
async function consuming({ consumerTag = "c" } = {}) {
  const all = await opened();
  const told: (Delivery | "cancelled")[] = [];
  const heard = new EventEmitter();
  const next = async (): Promise<Delivery | "cancelled"> => {
    if (told.length === 0) await once(heard, "heard");
    return told.shift() ?? "cancelled";
  };
  const hear = (what: Delivery | "cancelled") => {
    told.push(what);
    heard.emit("heard");
  };
  const accepted = all.channel.consume(
    "queue",
    { consumerTag },
    { delivery: hear, cancelled: () => hear("cancelled") },
  );
  await all.dialled.method(amqp.BASIC_CONSUME);
  all.dialled.say(amqp.BASIC_CONSUME_OK, { consumerTag }, 1);
  await accepted;
  return { ...all, next, told };
}

const CLOSE = { replyCode: 404, replyText: "NOT_FOUND - no queue 'q'", classId: 50, methodId: 10 };

describe("a channel that the broker closes", () => {
  test("says why to what it was about, and to nothing that waited behind it", async () => {
    const { connection, channel, dialled } = await opened();
    const closed = new Promise<ClosedByBroker | undefined>((resolve) => {
      channel.onClosed = resolve;
    });
    const outcomes = Promise.allSettled([channel.checkQueue("q"), channel.checkQueue("other")]);
    await dialled.method(amqp.QUEUE_DECLARE);
    dialled.say(amqp.CHANNEL_CLOSE, CLOSE, 1);
    await dialled.method(amqp.CHANNEL_CLOSE_OK);
    expect(await outcomes).toMatchObject([
      { reason: { name: "ClosedByBroker", code: 404, message: expect.stringMatching(/no queue/) } },
      { reason: { name: "ChannelOver" } },
    ]);
    expect(await closed).toMatchObject({ code: 404 });
    await expect(channel.checkQueue("q")).rejects.toThrow("The channel is closed");
    expect(channel.ack({ tag: 1 } as Delivery)).toBe(false);
    expect(channel.nack({ tag: 1 } as Delivery, { requeue: true })).toBe(false);
    await channel.close();
    expect(() =>
      channel.publish(outgoing({ properties: { messageId: "m", persistent: false } })),
    ).toThrow("The channel is closed");
    const again = connection.openChannel();
    expect(await dialled.channel()).toBe(2);
    await again;
  });

  test("takes no other with it", async () => {
    const { connection, dialled } = await opened();
    const opening = connection.openChannel();
    await dialled.channel();
    const other = await opening;
    dialled.say(amqp.CHANNEL_CLOSE, CLOSE, 1);
    await dialled.method(amqp.CHANNEL_CLOSE_OK);
    const counted = other.checkQueue("q");
    await dialled.method(amqp.QUEUE_DECLARE);
    dialled.say(amqp.QUEUE_DECLARE_OK, { queue: "q", messageCount: 1, consumerCount: 0 }, 2);
    expect(await counted).toEqual({ messageCount: 1, consumerCount: 0 });
  });
});

describe("a channel that is closed here", () => {
  test("is over for all that waits, hears no more, and is told once", async () => {
    const { channel, dialled, told } = await consuming();
    const closed: unknown[] = [];
    channel.onClosed = (failure) => closed.push(failure);
    const counting = channel.checkQueue("q").catch((error: unknown) => error);
    const closing = Promise.all([channel.close(), channel.close()]);
    expect(await counting).toMatchObject({ name: "ChannelOver" });
    await dialled.method(amqp.QUEUE_DECLARE);
    expect(await dialled.method(amqp.CHANNEL_CLOSE)).toMatchObject({ replyCode: 200 });
    dialled.say(amqp.QUEUE_DECLARE_OK, { queue: "q", messageCount: 1, consumerCount: 0 }, 1);
    dialled.deliver(1, {});
    expect(closed).toEqual([]);
    dialled.say(amqp.CHANNEL_CLOSE_OK, {}, 1);
    await closing;
    expect([closed, told]).toEqual([[undefined], []]);
  });

  test("while the broker closes it is answered, and waits for its own answer", async () => {
    const { channel, dialled } = await opened();
    const closing = channel.close();
    await dialled.method(amqp.CHANNEL_CLOSE);
    dialled.say(amqp.CHANNEL_CLOSE, CLOSE, 1);
    await dialled.method(amqp.CHANNEL_CLOSE_OK);
    expect(channel.closed).toBe(false);
    dialled.say(amqp.CHANNEL_CLOSE_OK, {}, 1);
    await closing;
    expect(channel.closed).toBe(true);
  });
});

describe("with the end of its connection", () => {
  test("a channel fails what it waits for, with the broker's reason, and is closed for none of its own", async () => {
    const { connection, channel, dialled } = await opened();
    const closed = new Promise<ClosedByBroker | undefined>((resolve) => {
      channel.onClosed = resolve;
    });
    const counting = channel.purgeQueue("stream").catch((error: unknown) => error);
    await dialled.method(amqp.QUEUE_PURGE);
    const reply = { replyCode: 540, replyText: "NOT_IMPLEMENTED", classId: 50, methodId: 30 };
    dialled.say(amqp.CONNECTION_CLOSE, reply);
    expect(await counting).toMatchObject({ name: "ConnectionLost", cause: { code: 540 } });
    expect(await closed).toBeUndefined();
    expect(await connection.ended).toMatchObject({ code: 540 });
    await expect(connection.openChannel()).rejects.toMatchObject({ cause: { code: 540 } });
  });

  test("a close that waits is over, and closing a channel rejects for nobody", async () => {
    const { connection, channel, dialled } = await opened();
    const closing = connection.closeChannel(channel);
    await dialled.method(amqp.CHANNEL_CLOSE);
    dialled.socket.destroy();
    await expect(closing).resolves.toBeUndefined();
    await connection.ended;
  });
});

describe("a consumer", () => {
  test("has its deliveries, from before it is accepted on, and no other's", async () => {
    const { channel, dialled } = await opened();
    const received: string[] = [];
    const consumer = (name: string) => ({
      delivery: ({ tag, body }: Delivery) => received.push(`${name} ${tag} ${body.toString()}`),
      cancelled: () => {},
    });
    const accepted = channel.consume("q", { consumerTag: "one" }, consumer("one"));
    await dialled.method(amqp.BASIC_CONSUME);
    dialled.deliver(1, { fields: { consumerTag: "one" }, body: Buffer.from("early") });
    dialled.say(amqp.BASIC_CONSUME_OK, { consumerTag: "one" }, 1);
    await accepted;
    const second = channel.consume("q", { consumerTag: "two" }, consumer("two"));
    await dialled.method(amqp.BASIC_CONSUME);
    dialled.say(amqp.BASIC_CONSUME_OK, { consumerTag: "two" }, 1);
    await second;
    for (const [place, consumerTag] of ["one", "two", "two", "one"].entries())
      dialled.deliver(1, { fields: { consumerTag, deliveryTag: place + 2 } });
    const last = channel.prefetch(1);
    await dialled.method(amqp.BASIC_QOS);
    dialled.say(amqp.BASIC_QOS_OK, {}, 1);
    await last;
    expect(received).toEqual([
      "one 1 early",
      "one 2 body",
      "two 3 body",
      "two 4 body",
      "one 5 body",
    ]);
  });

  test("is told that the broker has cancelled it, and the channel goes on", async () => {
    const { channel, dialled, next } = await consuming();
    dialled.say(amqp.BASIC_CANCEL, { consumerTag: "c", nowait: true }, 1);
    expect(await next()).toBe("cancelled");
    const cancelling = channel.cancel("c");
    await dialled.method(amqp.BASIC_CANCEL);
    dialled.say(amqp.BASIC_CANCEL_OK, { consumerTag: "c" }, 1);
    await cancelling;
  });

  test("that throws is logged, and hits neither the next delivery nor another consumer", async () => {
    const { channel, dialled, next, logged } = await consuming();
    const mistake = new Error("a mistake of ours");
    const fail = () => {
      throw mistake;
    };
    const asked = channel.consume("q", { consumerTag: "d" }, { delivery: fail, cancelled: fail });
    await dialled.method(amqp.BASIC_CONSUME);
    dialled.say(amqp.BASIC_CONSUME_OK, { consumerTag: "d" }, 1);
    await asked;
    dialled.deliver(1, { fields: { consumerTag: "d" } });
    dialled.say(amqp.BASIC_CANCEL, { consumerTag: "d", nowait: true }, 1);
    dialled.deliver(1, { fields: { deliveryTag: 2 } });
    expect(await next()).toMatchObject({ tag: 2 });
    expect(logged).toMatchObject([
      { err: mistake, event: "delivery" },
      { err: mistake, event: "cancelled" },
    ]);
    channel.onClosed = fail;
    dialled.say(amqp.CHANNEL_CLOSE, CLOSE, 1);
    await dialled.method(amqp.CHANNEL_CLOSE_OK);
    expect(logged.at(-1)).toMatchObject({ err: mistake, event: "closed" });
  });
});

describe("a delivery that is late", () => {
  test("for a channel that the broker has closed is nobody's, and harms neither the next channel nor the connection", async () => {
    const { connection, channel, dialled, told } = await consuming();
    const closed = new Promise<void>((resolve) => {
      channel.onClosed = () => resolve();
    });
    const late = encodeDelivery(1, {});
    // A body of two frames is cut by the close, and what comes of it afterwards is not another's.
    dialled.socket.write(late.subarray(0, late.length - "body".length - 8));
    dialled.say(amqp.CHANNEL_CLOSE, CLOSE, 1);
    await dialled.method(amqp.CHANNEL_CLOSE_OK);
    await closed;
    const opening = connection.openChannel();
    expect(await dialled.channel()).toBe(2);
    const next = await opening;
    dialled.socket.write(late);
    const asked = next.checkQueue("q");
    await dialled.method(amqp.QUEUE_DECLARE);
    dialled.say(amqp.QUEUE_DECLARE_OK, { queue: "q", messageCount: 1, consumerCount: 0 }, 2);
    expect(await asked).toEqual({ messageCount: 1, consumerCount: 0 });
    expect(told).toEqual([]);
  });

  test("for a consumer that is gone is said in the log, and the channel goes on", async () => {
    const { dialled, next, logged } = await consuming();
    dialled.deliver(1, { fields: { consumerTag: "x", exchange: "orders", routingKey: "a" } });
    dialled.deliver(1, { fields: { deliveryTag: 2 } });
    expect(await next()).toMatchObject({ tag: 2 });
    expect(logged).toEqual([{ exchange: "orders", routingKey: "a" }]);
  });
});

describe("acknowledgements", () => {
  test("are one delivery's, or all up to it, or put back, those of a turn in one write", async () => {
    const { channel, dialled, next } = await consuming();
    dialled.deliver(1, { fields: { deliveryTag: 2 ** 40 + 5 } });
    const delivery = await next();
    if (delivery === "cancelled") throw new Error("It was delivered");
    const chunks: Buffer[] = [];
    dialled.socket.on("data", (chunk) => chunks.push(chunk));
    expect(channel.ack(delivery)).toBe(true);
    expect(channel.ack(delivery, true)).toBe(true);
    expect(channel.nack(delivery, { requeue: true })).toBe(true);
    expect(channel.nack(delivery, { requeue: false })).toBe(true);
    const deliveryTag = 2 ** 40 + 5;
    const frames = [];
    for (let count = 0; count < 4; count++) frames.push(await dialled.frame());
    expect(frames).toMatchObject([
      { id: amqp.BASIC_ACK, fields: { deliveryTag, multiple: false } },
      { id: amqp.BASIC_ACK, fields: { deliveryTag, multiple: true } },
      { id: amqp.BASIC_NACK, fields: { deliveryTag, multiple: false, requeue: true } },
      { id: amqp.BASIC_NACK, fields: { deliveryTag, multiple: false, requeue: false } },
    ]);
    expect(chunks).toHaveLength(1);
  });
});

describe("getting", () => {
  test("is the next message and how many are left, or nothing, each in its turn", async () => {
    const { channel, dialled } = await opened();
    const got = [channel.get("q"), channel.get("q"), channel.get("q")];
    for (const deliveryTag of [1, 2]) {
      expect(await dialled.method(amqp.BASIC_GET)).toMatchObject({ queue: "q", noAck: false });
      const fields = { deliveryTag, redelivered: true, messageCount: 9 - deliveryTag };
      const body = Buffer.alloc(deliveryTag === 1 ? 0 : 10, "b");
      dialled.deliver(1, { method: amqp.BASIC_GET_OK, fields, body, frameBytes: 4 });
    }
    await dialled.method(amqp.BASIC_GET);
    dialled.say(amqp.BASIC_GET_EMPTY, {}, 1);
    expect(await Promise.all(got)).toMatchObject([
      { delivery: { tag: 1, redelivered: true, exchange: "orders" }, messageCount: 8 },
      { delivery: { tag: 2, body: Buffer.from("bbbbbbbbbb") }, messageCount: 7 },
      undefined,
    ]);
  });
});

describe("publishing", () => {
  test("is without a confirm, and what could not be routed comes back", async () => {
    const { channel, dialled } = await opened();
    const returned = new Promise((resolve) => {
      channel.onReturned = resolve;
    });
    channel.publish(outgoing({ properties: { messageId: "m", persistent: false, replyTo: "r" } }));
    const { method, properties } = await dialled.published();
    expect(method).toMatchObject({ mandatory: true });
    dialled.deliver(1, {
      method: amqp.BASIC_RETURN,
      fields: { replyCode: 312, replyText: "NO_ROUTE" },
      properties: { ...properties, replyTo: "r.address" },
    });
    expect(await returned).toMatchObject({ messageId: "m", replyTo: "r.address" });
  });
});

describe("what a broker must not send to a channel ends the connection, which says so:", () => {
  const delivery = encodeDelivery(1, {});
  const header = delivery.length - "body".length - 8;
  test.each([
    [
      "a message that nobody wants to get",
      505,
      encodeDelivery(1, { method: amqp.BASIC_GET_OK, fields: { messageCount: 1 } }),
    ],
    [
      "a method before a message is whole",
      505,
      Buffer.concat([delivery.subarray(0, header), delivery]),
    ],
    [
      "more of a body than there is",
      505,
      Buffer.concat([delivery.subarray(0, header), makeBodyFrame(1, Buffer.alloc(5))]),
    ],
    [
      "a body before its header",
      505,
      Buffer.concat([
        encodeMethod(amqp.BASIC_DELIVER, 1, {
          consumerTag: "c",
          deliveryTag: 1,
          exchange: "",
          routingKey: "",
        }),
        makeBodyFrame(1, Buffer.alloc(5)),
      ]),
    ],
    ["a delivery that is cut", 502, Buffer.of(1, 0, 1, 0, 0, 0, 6, 0, 60, 0, 60, 1, 0x63, 0xce)],
    [
      "a delivery without its key",
      502,
      Buffer.of(
        1,
        0,
        1,
        0,
        0,
        0,
        17,
        0,
        60,
        0,
        60,
        1,
        0x63,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        1,
        0,
        1,
        0x65,
        0xce,
      ),
    ],
    ["a confirm", 505, encodeMethod(amqp.BASIC_ACK, 1, { deliveryTag: 1, multiple: false })],
    ["an answer to nothing", 505, encodeMethod(amqp.QUEUE_BIND_OK, 1, {})],
  ])("%s (%i)", async (_, replyCode, bytes) => {
    const { connection, dialled, told } = await consuming();
    dialled.socket.write(bytes);
    expect(await dialled.method(amqp.CONNECTION_CLOSE)).toMatchObject({ replyCode });
    expect((await connection.ended).name).toBe("ProtocolError");
    expect(told).toEqual([]);
    await dialled.ended;
  });
});
