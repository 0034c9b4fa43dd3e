import { Writable } from "node:stream";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fieldTable } from "../../../../../src/broker/field-table.ts";
import { BASIC_CLASS } from "../../../../../src/broker/rabbitmq/wire/amqp-constants.ts";
import { Channel } from "../../../../../src/broker/rabbitmq/wire/channel.ts";
import { ChannelTable } from "../../../../../src/broker/rabbitmq/wire/channel-table.ts";
import { ControlChannel } from "../../../../../src/broker/rabbitmq/wire/control-channel.ts";
import type { Delivery } from "../../../../../src/broker/rabbitmq/wire/delivery.ts";
import { FrameDispatch } from "../../../../../src/broker/rabbitmq/wire/frame-dispatch.ts";
import { FrameOutput } from "../../../../../src/broker/rabbitmq/wire/frame-output.ts";
import { FrameReader } from "../../../../../src/broker/rabbitmq/wire/frame-reader.ts";
import { createLogger } from "../../../../../src/telemetry/logger.ts";
import { encodeProperties } from "../../../../harness/amqplib-codec.ts";
import { amqplibTable } from "../../../../../src/broker/rabbitmq/amqplib-table.ts";
import { encodeDelivery } from "../../../../harness/scripted-broker.ts";
import { asReceived, FIELD_TABLES } from "./field-tables.ts";

const FRAME_MAX = 131_072;

/** The first channel of a connection, with consumers of these tags, and what each of them has received. */
function consuming(...tags: readonly string[]) {
  const output = new FrameOutput(new Writable({ write: (_chunk, _encoding, done) => done() }), 1e9);
  const channels = new ChannelTable();
  channels.most = 1;
  const logger = createLogger({ level: "silent" });
  const channel = channels.add(
    (number) => new Channel(number, { output, frameMax: FRAME_MAX }, logger),
  );
  const received: { consumer: string; delivery: Delivery }[] = [];
  for (const consumerTag of tags) {
    const delivery = (each: Delivery) => received.push({ consumer: consumerTag, delivery: each });
    void channel.consume("queue", { consumerTag }, { delivery, cancelled: () => {} });
  }
  const control = new ControlChannel(output, { closedByBroker: () => {}, blocked: () => {} });
  const reader = new FrameReader(FRAME_MAX, new FrameDispatch(control, channels).frame);
  return { reader, received };
}

/** Of what is said of the delivery, everything. */
function plain({ tag, redelivered, exchange, routingKey, properties, headers, body }: Delivery) {
  return {
    tag,
    redelivered,
    exchange,
    routingKey,
    properties,
    headers,
    body: body.toString("hex"),
  };
}

const shortString = fc
  .string({ unit: "binary", maxLength: 63 })
  .filter((text) => text.isWellFormed());
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const MESSAGES = fc.record({
  consumerTag: fc.constantFrom("0", "1", "żz"),
  deliveryTag: fc.integer({ min: 1, max: 2 ** 40 }),
  redelivered: fc.boolean(),
  exchange: shortString,
  routingKey: fc.oneof(shortString, fc.constant("k".repeat(255))),
  body: fc.uint8Array({ maxLength: 300, size: "max" }).map((bytes) => Buffer.from(bytes)),
  frameBytes: fc.constantFrom(1, 7, 100, 131_064),
  headers: maybe(FIELD_TABLES),
  properties: fc.record({
    contentType: maybe(shortString),
    contentEncoding: maybe(shortString),
    deliveryMode: maybe(fc.constantFrom(1, 2)),
    priority: maybe(fc.nat({ max: 255 })),
    correlationId: maybe(shortString),
    replyTo: maybe(shortString),
    expiration: maybe(fc.nat().map(String)),
    messageId: maybe(shortString),
    timestamp: maybe(fc.oneof(fc.nat({ max: 4e9 }), fc.maxSafeNat())),
    type: maybe(shortString),
    userId: maybe(shortString),
    appId: maybe(shortString),
  }),
});

type Message = typeof MESSAGES extends fc.Arbitrary<infer M> ? M : never;

function encoded({ body, frameBytes, headers, properties, ...fields }: Message): Buffer {
  const all = { ...properties, headers: headers && amqplibTable(headers) };
  return encodeDelivery(1, { fields, properties: all, body, frameBytes });
}

function expected({ body, properties, headers, ...fields }: Message) {
  const { deliveryMode, expiration, timestamp, ...same } = properties;
  const date = new Date((timestamp ?? NaN) * 1000);
  return {
    tag: fields.deliveryTag,
    redelivered: fields.redelivered,
    exchange: fields.exchange,
    routingKey: fields.routingKey,
    properties: {
      ...same,
      persistent: deliveryMode === 2,
      expirationMs: expiration === undefined ? undefined : Number(expiration),
      timestamp: date.getUTCFullYear() <= 9999 ? date : undefined,
    },
    headers: headers ? asReceived(headers) : fieldTable(),
    body: body.toString("hex"),
  };
}

describe("what amqplib writes as a delivery", () => {
  test("is read as it was meant, however it is cut", () => {
    fc.assert(
      fc.property(
        fc.array(MESSAGES, { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 400 })),
        (messages, cuts) => {
          const { reader, received } = consuming("0", "1", "żz");
          let rest = Buffer.concat(messages.map(encoded));
          for (const cut of cuts) {
            reader.read(rest.subarray(0, cut));
            rest = rest.subarray(cut);
          }
          reader.read(rest);
          expect(received.map(({ consumer }) => consumer)).toEqual(
            messages.map(({ consumerTag }) => consumerTag),
          );
          expect(received.map(({ delivery }) => plain(delivery))).toEqual(messages.map(expected));
        },
      ),
      { numRuns: 100 },
    );
  });

  test("is read with a cut at every place between its bytes", () => {
    const properties = { contentType: "text/plain", headers: { a: [1, "two"] }, messageId: "id" };
    const bytes = Buffer.concat([
      encodeDelivery(1, { properties }),
      encodeDelivery(1, { fields: { deliveryTag: 2 }, body: Buffer.alloc(0) }),
      encodeDelivery(1, { fields: { deliveryTag: 3 }, properties, frameBytes: 3 }),
    ]);
    const whole = consuming("c");
    whole.reader.read(bytes);
    const expectedOf = whole.received.map(({ delivery }) => plain(delivery));
    expect(
      expectedOf.map(({ tag, body }) => `${tag} ${Buffer.from(body, "hex").toString()}`),
    ).toEqual(["1 body", "2 ", "3 body"]);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const { reader, received } = consuming("c");
      reader.read(bytes.subarray(0, cut));
      reader.read(bytes.subarray(cut));
      expect(received.map(({ delivery }) => plain(delivery))).toEqual(expectedOf);
    }
  });
});

describe("memory:", () => {
  test("a body in one frame lies where it was read", () => {
    const chunk = Buffer.concat([encodeDelivery(1, {}), encodeDelivery(1, {})]);
    const { reader, received } = consuming("c");
    reader.read(chunk);
    for (const { delivery } of received) expect(delivery.body.buffer).toBe(chunk.buffer);
  });

  test("one of several frames has its own, and what came before it in another chunk is let go", () => {
    const bytes = encodeDelivery(1, { body: Buffer.alloc(100, "b"), frameBytes: 30 });
    const chunks = [bytes.subarray(0, 90), bytes.subarray(90)].map((part) => Buffer.from(part));
    const { reader, received } = consuming("c");
    for (const chunk of chunks) reader.read(chunk);
    // Whoever wrote over the chunks would be read by a delivery that still lies in them.
    for (const chunk of chunks) chunk.fill(0xff);
    expect(received.map(({ delivery }) => plain(delivery))).toMatchObject([
      { exchange: "orders", routingKey: "a.b", body: Buffer.alloc(100, "b").toString("hex") },
    ]);
  });
});

describe("what a publisher has written wrong is that message's alone:", () => {
  test.for([
    ["an unknown type", around(table(Buffer.from("\x01k?")))],
    ["a string that is longer", around(table(Buffer.from("\x01kS\0\0\0\x09short")))],
    ["a key that is longer", around(table(Buffer.from("\xffk", "latin1")))],
    ["lists nested thousands deep", around(table(deepList(20_000)))],
  ] as const)("%s, in the headers: there are none, and all else is as it is", ([, fields]) => {
    const { reader, received } = consuming("c");
    reader.read(Buffer.concat([withHeader(fields), encodeDelivery(1, {})]));
    const [first, second] = received.map(({ delivery }) => delivery);
    expect(first?.headers).toEqual(fieldTable());
    expect(first?.hasUnreadableHeaders).toBe(true);
    expect(first?.properties).toMatchObject({ contentType: "t", messageId: "id" });
    expect(first?.body.toString()).toBe("body");
    expect(second?.body.toString()).toBe("body");
  });

  test.for([
    ["headers that are longer than the header", around(Buffer.of(0, 1, 0, 0))],
    ["a content type that is longer", Buffer.concat([flags(0x8000), Buffer.from("\x05t")])],
  ] as const)("%s: what can be read is", ([, fields]) => {
    const { reader, received } = consuming("c");
    reader.read(Buffer.concat([withHeader(fields), encodeDelivery(1, {})]));
    const [first] = received.map(({ delivery }) => delivery);
    expect(first?.headers).toEqual(fieldTable());
    expect(first?.properties).toMatchObject({ persistent: false });
    expect(first?.properties.messageId).toBeUndefined();
    expect(received).toHaveLength(2);
  });

  test("a timestamp beyond all calendars is none", () => {
    const { reader, received } = consuming("c");
    reader.read(withHeader(Buffer.concat([flags(0x0040), Buffer.alloc(8, 0xff)])));
    expect(received[0]?.delivery.properties.timestamp).toBeUndefined();
  });
});

/** An entry of a table: lists, each in the one before. */
function deepList(depth: number): Buffer {
  const bytes = Buffer.alloc(2 + depth * 5);
  bytes.write("\x01k");
  for (let level = 0; level < depth; level++) {
    bytes.write("A", 2 + level * 5);
    bytes.writeUInt32BE((depth - level - 1) * 5, 3 + level * 5);
  }
  return bytes;
}

/** A delivery whose header has these bytes from its flags on. */
function withHeader(fields: Buffer): Buffer {
  const usual = encodeDelivery(1, { body: Buffer.from("body") });
  const usualHeader = encodeProperties(BASIC_CLASS, 1, 4, {});
  const at = usual.indexOf(usualHeader);
  const head = Buffer.from(usualHeader.subarray(0, 7 + 12));
  head.writeUInt32BE(12 + fields.length, 3);
  return Buffer.concat([
    usual.subarray(0, at),
    head,
    fields,
    Buffer.of(0xce),
    usual.subarray(at + usualHeader.length),
  ]);
}

function flags(value: number): Buffer {
  return Buffer.of(value >>> 8, value & 0xff);
}

function table(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A content type, headers, and an id. */
function around(headers: Buffer): Buffer {
  return Buffer.concat([flags(0xa080), Buffer.from("\x01t"), headers, Buffer.from("\x02id")]);
}
