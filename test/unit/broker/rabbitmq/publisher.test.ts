import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { OutgoingMessage } from "../../../../src/broker/message.ts";
import type { RabbitMqOptions } from "../../../../src/broker/rabbitmq/options.ts";
import { Publisher } from "../../../../src/broker/rabbitmq/publisher.ts";
import {
  BASIC_CLASS,
  BASIC_NACK,
  BASIC_RETURN,
  CHANNEL_CLOSE,
  CHANNEL_CLOSE_OK,
} from "../../../../src/broker/rabbitmq/wire/amqp-constants.ts";
import { AmqpConnection } from "../../../../src/broker/rabbitmq/wire/amqp-connection.ts";
import { encodeMethod, encodeProperties, makeBodyFrame } from "../../../harness/amqplib-codec.ts";
import { ScriptedBroker, type Dialled } from "../../../harness/scripted-broker.ts";
import { optionsFor, outgoing } from "./outgoing.ts";

let broker: ScriptedBroker;

beforeEach(async () => {
  broker = await ScriptedBroker.listen();
});

afterEach(() => broker.close());

async function publishing(
  more: Partial<RabbitMqOptions> = {},
): Promise<{ publisher: Publisher; connection: AmqpConnection; dialled: Dialled }> {
  const options = optionsFor(broker.url, more);
  const opening = AmqpConnection.open("publishing", options, new AbortController().signal);
  const dialled = await broker.dialled();
  await dialled.shakeHands();
  const connection = await opening;
  return { publisher: new Publisher(connection, options), connection, dialled };
}

const named = (messageId: string, more: Partial<OutgoingMessage> = {}): OutgoingMessage =>
  outgoing({ properties: { messageId, persistent: true }, ...more });

/** Publishes these, and settles with what becomes of each: "routed", "unrouted" or an error's code. */
function outcomes(publisher: Publisher, messages: readonly OutgoingMessage[]): Promise<string[]> {
  return Promise.all(
    messages.map((message) =>
      publisher.publish(message).then(
        ({ routed }) => (routed ? "routed" : "unrouted"),
        ({ code }: { code: string }) => code,
      ),
    ),
  );
}

/** What has come of it within a turn. */
async function atOnce(outcome: Promise<string[]>): Promise<string[] | "waits"> {
  return await Promise.race([outcome, nextTurn("waits" as const)]);
}

/** A lane on which one message has been confirmed, so that the next need not travel alone. */
async function proven(more: Partial<RabbitMqOptions> = {}) {
  const started = await publishing(more);
  const first = outcomes(started.publisher, [named("first")]);
  const channel = await started.dialled.confirmChannel();
  await started.dialled.published();
  started.dialled.acknowledge(channel, 1);
  expect(await first).toEqual(["routed"]);
  return { ...started, channel };
}

async function published(dialled: Dialled, count: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const { properties } = await dialled.published();
    ids.push(String(properties["messageId"]));
  }
  return ids;
}

const close = (replyCode: number, replyText: string) => ({
  replyCode,
  replyText,
  classId: 60,
  methodId: 40,
});

describe("confirms", () => {
  test("the first message travels alone, the rest together when it has arrived", async () => {
    const { publisher, dialled } = await publishing();
    const done = outcomes(
      publisher,
      ["a", "b", "c"].map((id) => named(id)),
    );
    const channel = await dialled.confirmChannel();
    expect(await published(dialled, 1)).toEqual(["a"]);
    dialled.acknowledge(channel, 1);
    expect(await published(dialled, 2)).toEqual(["b", "c"]);
    dialled.acknowledge(channel, 3, true);
    expect(await done).toEqual(["routed", "routed", "routed"]);
  });

  test("come one by one, out of turn, many at a time, and negative", async () => {
    const { publisher, dialled, channel } = await proven();
    const done = outcomes(
      publisher,
      ["a", "b", "c", "d", "e"].map((id) => named(id)),
    );
    await published(dialled, 5);
    dialled.acknowledge(channel, 4);
    dialled.say(BASIC_NACK, { deliveryTag: 3, multiple: true }, channel);
    dialled.acknowledge(channel, 0, true);
    expect(await done).toEqual([
      "PUBLISH_REFUSED",
      "PUBLISH_REFUSED",
      "routed",
      "routed",
      "routed",
    ]);
  });

  test("what was returned before its confirm was not routed, in whatever pieces it comes back", async () => {
    const { publisher, dialled, channel } = await proven();
    const done = outcomes(
      publisher,
      ["a", "b"].map((id) => named(id)),
    );
    await published(dialled, 2);
    const body = Buffer.alloc(300, 0xce);
    const reason = { replyCode: 312, replyText: "NO_ROUTE", exchange: "orders", routingKey: "" };
    const bytes = Buffer.concat([
      encodeMethod(BASIC_RETURN, channel, reason),
      encodeProperties(BASIC_CLASS, channel, body.length, {
        contentType: "a",
        contentEncoding: "b",
        headers: { table: { a: 1 } },
        deliveryMode: 2,
        priority: 1,
        correlationId: "c",
        replyTo: "r",
        expiration: "1",
        messageId: "b",
        timestamp: 1,
      }),
      makeBodyFrame(channel, body.subarray(0, 100)),
      makeBodyFrame(channel, body.subarray(100)),
    ]);
    for (let at = 0; at < bytes.length; at += 7) {
      await new Promise((resolve) => {
        dialled.socket.write(bytes.subarray(at, at + 7), resolve);
      });
    }
    dialled.acknowledge(channel, 3, true);
    expect(await done).toEqual(["routed", "unrouted"]);
  });

  test("one that does not come in time leaves its message unknown, and the rest go on", async () => {
    const { publisher, dialled, channel } = await proven({ confirmTimeoutMs: 400 });
    expect(await outcomes(publisher, [named("a")])).toEqual(["CONFIRM_UNKNOWN"]);
    const next = outcomes(publisher, [named("b")]);
    expect(await published(dialled, 2)).toEqual(["a", "b"]);
    dialled.acknowledge(channel, 3);
    expect(await next).toEqual(["routed"]);
  });
});

describe("what the broker refuses closes the channel:", () => {
  test("a missing exchange is the last message's fault, and of those that waited then", async () => {
    const { publisher, dialled } = await publishing();
    const done = outcomes(
      publisher,
      ["a", "b"].map((id) => named(id)),
    );
    const channel = await dialled.confirmChannel();
    await dialled.published();
    dialled.say(CHANNEL_CLOSE, close(404, "NOT_FOUND - no exchange 'orders'"), channel);
    expect(await done).toEqual(["NOT_FOUND", "NOT_FOUND"]);
    await dialled.method(CHANNEL_CLOSE_OK);
    const again = outcomes(publisher, [named("c")]);
    const next = await dialled.confirmChannel();
    await dialled.published();
    dialled.acknowledge(next, 1);
    expect(await again).toEqual(["routed"]);
  });

  test("one of several cannot be told: the last is sent again, alone, on a new channel", async () => {
    const { publisher, dialled, channel } = await proven();
    const done = outcomes(
      publisher,
      ["a", "b", "c"].map((id) => named(id)),
    );
    await published(dialled, 3);
    dialled.say(CHANNEL_CLOSE, close(406, "PRECONDITION_FAILED"), channel);
    await dialled.method(CHANNEL_CLOSE_OK);
    const second = await dialled.confirmChannel();
    expect(await published(dialled, 1)).toEqual(["c"]);
    dialled.acknowledge(second, 1);
    expect(await done).toEqual(["CONFIRM_UNKNOWN", "CONFIRM_UNKNOWN", "routed"]);
  });

  test("an internal exchange", async () => {
    const { publisher, dialled } = await publishing();
    const done = outcomes(publisher, [named("a")]);
    const channel = await dialled.confirmChannel();
    await dialled.published();
    const text = "ACCESS_REFUSED - cannot publish to internal exchange 'orders'";
    dialled.say(CHANNEL_CLOSE, close(403, text), channel);
    expect(await done).toEqual(["FORBIDDEN"]);
  });
});

describe("bounds", () => {
  test("what is above the bound in messages waits, and is BUSY when it has waited too long", async () => {
    const { publisher, dialled, channel } = await proven({
      publishInFlightMessages: 2,
      publishWaitMs: 400,
    });
    const done = outcomes(
      publisher,
      ["a", "b", "c"].map((id) => named(id)),
    );
    expect(await published(dialled, 2)).toEqual(["a", "b"]);
    expect(await outcomes(publisher, [named("d")])).toEqual(["BUSY"]);
    dialled.acknowledge(channel, 3, true);
    expect(await done).toEqual(["routed", "routed", "BUSY"]);
  });

  test("a broker that reads nothing is sent no more than the bound in bytes", async () => {
    const { publisher, dialled, channel } = await proven({
      publishInFlightBytes: 8 * 2 ** 20,
      publishWaitMs: 60_000,
    });
    dialled.socket.pause();
    const body = new Uint8Array(2 ** 20).fill(1);
    const ids = Array.from({ length: 20 }, (_, place) => String(place));
    const done = outcomes(
      publisher,
      ids.map((id) => named(id, { body })),
    );
    dialled.socket.resume();
    const taken = await published(dialled, 8);
    expect(taken).toEqual(ids.slice(0, 8));
    dialled.acknowledge(channel, 9, true);
    expect(await published(dialled, 8)).toEqual(ids.slice(8, 16));
    dialled.acknowledge(channel, 17, true);
    // As many bytes again may wait; what would be beyond that was BUSY at once.
    expect(await done).toEqual(ids.map((_, place) => (place < 16 ? "routed" : "BUSY")));
  });

  test("all exchanges together hold eight times the bound of one, and have it again when it is given back", async () => {
    const { publisher } = await publishing({ publishInFlightBytes: 10_000, publishWaitMs: 300 });
    const body = new Uint8Array(9_000).fill(1);
    const to = (exchange: string) => outcomes(publisher, [named(exchange, { exchange, body })]);
    // The broker opens no channel, so all wait; each counts 1,024 bytes besides its body.
    const taken = Array.from({ length: 7 }, (_, place) => to(`taken-${place}`));
    expect(await atOnce(Promise.any(taken))).toBe("waits");
    expect(await atOnce(to("one too many"))).toEqual(["BUSY"]);

    expect((await Promise.all(taken)).flat()).toEqual(taken.map(() => "BUSY"));
    expect(await atOnce(to("in their place"))).toBe("waits");
  });
});

test("what a socket has no room for is sent when it has drained, whatever its exchange", async () => {
  const body = new Uint8Array(8 * 2 ** 20).fill(1);
  const { publisher, dialled } = await publishing({ publishInFlightBytes: body.length });
  const exchanges = ["a", "b", "c", "d"];
  for (const exchange of exchanges) {
    const done = outcomes(publisher, [named(exchange, { exchange })]);
    const channel = await dialled.confirmChannel();
    await dialled.published();
    dialled.acknowledge(channel, 1);
    expect(await done).toEqual(["routed"]);
  }
  dialled.socket.pause();
  const done = outcomes(
    publisher,
    exchanges.map((exchange) => named(exchange, { exchange, body })),
  );
  dialled.socket.resume();
  expect(await published(dialled, 4)).toEqual(exchanges);
  for (const channel of [1, 2, 3, 4]) dialled.acknowledge(channel, 2);
  expect(await done).toEqual(["routed", "routed", "routed", "routed"]);
});

test("a connection that ends leaves what was sent unknown, and what waited unsent", async () => {
  const { publisher, dialled } = await proven({ publishInFlightMessages: 2 });
  const done = outcomes(
    publisher,
    ["a", "b", "c"].map((id) => named(id)),
  );
  await published(dialled, 2);
  dialled.socket.destroy();
  expect(await done).toEqual(["CONFIRM_UNKNOWN", "CONFIRM_UNKNOWN", "BROKER_UNAVAILABLE"]);
});

test("each exchange has its own channel, and an idle one gives way to the 65th", async () => {
  const { publisher, dialled } = await publishing();
  for (let place = 0; place < 65; place++) {
    const done = outcomes(publisher, [named("a", { exchange: `exchange ${place}` })]);
    if (place === 64) {
      await dialled.method(CHANNEL_CLOSE);
      dialled.say(CHANNEL_CLOSE_OK, {}, 1);
    }
    const channel = await dialled.confirmChannel();
    expect(channel).toBe(place + 1);
    expect((await dialled.published()).method).toMatchObject({ exchange: `exchange ${place}` });
    dialled.acknowledge(channel, 1);
    expect(await done).toEqual(["routed"]);
  }
});

test("headers that no frame could hold are refused, and the lane goes on", async () => {
  const { publisher, dialled, channel } = await proven();
  const headers = { text: "x".repeat(200_000) };
  expect(await outcomes(publisher, [named("a", { headers })])).toEqual(["MESSAGE_TOO_LARGE"]);
  const next = outcomes(publisher, [named("b")]);
  expect(await published(dialled, 1)).toEqual(["b"]);
  dialled.acknowledge(channel, 2);
  expect(await next).toEqual(["routed"]);
});
