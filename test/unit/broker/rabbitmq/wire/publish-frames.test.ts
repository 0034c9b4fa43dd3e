import { Writable } from "node:stream";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { OutgoingMessage } from "../../../../../src/broker/message.ts";
import { decodeFieldTable } from "../../../../harness/amqplib-field-tables.ts";
import {
  BASIC_CLASS,
  BASIC_PUBLISH,
} from "../../../../../src/broker/rabbitmq/wire/amqp-constants.ts";
import { FieldTableWriter } from "../../../../../src/broker/rabbitmq/wire/field-table-writer.ts";
import { FrameOutput } from "../../../../../src/broker/rabbitmq/wire/frame-output.ts";
import { writePublish } from "../../../../../src/broker/rabbitmq/wire/publish-frames.ts";
import { decodeFrames, type DecodedFrame } from "../../../../harness/amqplib-codec.ts";
import { outgoing } from "../outgoing.ts";
import { FIELD_TABLES } from "./field-tables.ts";

/** Like a socket's kernel: once it has taken bytes, they are a copy. */
class Sink extends Writable {
  readonly writes: Buffer[] = [];

  get written(): Buffer {
    return Buffer.concat(this.writes);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, taken: () => void): void {
    this.writes.push(Buffer.from(chunk));
    taken();
  }
}

/** What is written of these messages, as amqplib decodes it. */
function sent(messages: readonly OutgoingMessage[], frameMax = 131_072): DecodedFrame[] {
  const sink = new Sink();
  const output = new FrameOutput(sink, Infinity);
  const target = { output, channel: 513, frameMax, tables: new FieldTableWriter() };
  for (const message of messages) writePublish(target, message);
  output.flush();
  const { frames, rest } = decodeFrames(sink.written);
  expect(rest).toHaveLength(0);
  return frames;
}

const shortString = fc
  .string({ unit: "binary", maxLength: 63 })
  .filter((text) => text.isWellFormed());
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const MESSAGES: fc.Arbitrary<OutgoingMessage> = fc.record({
  exchange: shortString,
  routingKey: fc.oneof(shortString, fc.constant("k".repeat(255))),
  body: fc.oneof(
    fc.uint8Array({ maxLength: 300, size: "max" }),
    fc.nat({ max: 200_000 }).map((length) => new Uint8Array(length).fill(length)),
  ),
  headers: FIELD_TABLES,
  properties: fc.record({
    contentType: maybe(shortString),
    contentEncoding: maybe(shortString),
    persistent: fc.boolean(),
    priority: maybe(fc.nat({ max: 255 })),
    correlationId: maybe(shortString),
    replyTo: maybe(shortString),
    expirationMs: maybe(fc.nat({ max: 2 ** 32 - 1 })),
    messageId: shortString,
    timestamp: maybe(fc.date({ min: new Date(0), noInvalidDate: true })),
    type: maybe(shortString),
    userId: maybe(shortString),
    appId: maybe(shortString),
  }),
});

test("amqplib reads each message as it was meant, in frames no longer than agreed", () => {
  fc.assert(
    fc.property(
      fc.array(MESSAGES, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(65_536, 131_072),
      (messages, frameMax) => {
        const frames = sent(messages, frameMax);
        for (const message of messages) {
          const { body, properties } = message;
          const method = frames.shift();
          expect(method).toMatchObject({ id: BASIC_PUBLISH, channel: 513 });
          expect(method?.fields).toMatchObject({
            exchange: message.exchange,
            routingKey: message.routingKey,
            mandatory: true,
            immediate: false,
          });
          const header = frames.shift();
          expect(header).toMatchObject({ id: BASIC_CLASS, channel: 513, size: body.length });
          const { headers, ...fields } = header?.fields ?? {};
          const { persistent, expirationMs, timestamp, ...same } = properties;
          expect(fields).toEqual({
            ...same,
            deliveryMode: persistent ? 2 : 1,
            expiration: expirationMs?.toString(),
            timestamp: timestamp && Math.floor(timestamp.getTime() / 1000),
            clusterId: undefined,
          });
          const hasHeaders = Object.keys(message.headers).length > 0;
          expect(headers !== undefined).toBe(hasHeaders);
          const read = decodeFieldTable(headers as Record<string, unknown> | undefined);
          expect(Object.keys(read)).toEqual(Object.keys(message.headers));
          const parts: Buffer[] = [];
          while (frames[0]?.content) {
            expect(frames[0].content.length).toBeLessThanOrEqual(frameMax - 8);
            parts.push(frames.shift()?.content ?? Buffer.alloc(0));
          }
          expect(Buffer.concat(parts).equals(body)).toBe(true);
        }
        expect(frames).toEqual([]);
      },
    ),
    { numRuns: 300, endOnFailure: true },
  );
});

test.each([
  ["a routing key above 255 bytes", { routingKey: "ż".repeat(128) }],
  ["a property above 255 bytes", { properties: { messageId: "m".repeat(256), persistent: true } }],
  ["headers above the longest frame", { headers: { text: "x".repeat(5000) } }],
])("%s is refused, and nothing of it is sent", (_, parts) => {
  const sink = new Sink();
  const output = new FrameOutput(sink, Infinity);
  const target = { output, channel: 1, frameMax: 4096, tables: new FieldTableWriter() };
  writePublish(target, outgoing());
  expect(() => writePublish(target, outgoing(parts))).toThrow(RangeError);
  writePublish(target, outgoing());
  output.flush();
  const { frames } = decodeFrames(sink.written);
  expect(frames.map(({ id, content }) => id ?? content?.toString())).toEqual([
    BASIC_PUBLISH,
    BASIC_CLASS,
    "body",
    BASIC_PUBLISH,
    BASIC_CLASS,
    "body",
  ]);
});

test("all messages of a turn are one write, and a long body is not copied", () => {
  const sink = new Sink();
  const output = new FrameOutput(sink, Infinity);
  const target = { output, channel: 1, frameMax: 131_072, tables: new FieldTableWriter() };
  for (let count = 0; count < 10; count++) writePublish(target, outgoing());
  output.flush();
  expect(sink.writes).toHaveLength(1);
  const body = new Uint8Array(20_000);
  writePublish(target, outgoing({ body }));
  body.fill(7);
  output.flush();
  expect(sink.writes.some((chunk) => chunk.equals(body))).toBe(true);
});
