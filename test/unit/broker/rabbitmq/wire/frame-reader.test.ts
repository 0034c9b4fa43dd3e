import * as fc from "fast-check";
import { expect, test } from "vitest";
import { FrameReader } from "../../../../../src/broker/rabbitmq/wire/frame-reader.ts";
import { ProtocolError } from "../../../../../src/broker/rabbitmq/wire/wire-errors.ts";

interface Frame {
  readonly type: number;
  readonly channel: number;
  readonly payload: Buffer;
}

function encoded({ type, channel, payload }: Frame): Buffer {
  const head = Buffer.alloc(7);
  head.writeUInt8(type);
  head.writeUInt16BE(channel, 1);
  head.writeUInt32BE(payload.length, 3);
  return Buffer.concat([head, payload, Buffer.of(0xce)]);
}

function reading(maxPayload = 4096) {
  const frames: Frame[] = [];
  const reader = new FrameReader(maxPayload, (type, channel, bytes, start, end) =>
    frames.push({ type, channel, payload: Buffer.from(bytes.subarray(start, end)) }),
  );
  return { reader, frames };
}

const FRAMES: fc.Arbitrary<Frame[]> = fc.array(
  fc.record({
    type: fc.integer({ min: 0, max: 255 }),
    channel: fc.integer({ min: 0, max: 65_535 }),
    payload: fc.uint8Array({ maxLength: 40, size: "max" }).map((bytes) => Buffer.from(bytes)),
  }),
  { maxLength: 6 },
);

test("finds the same frames however the bytes are cut", () => {
  fc.assert(
    fc.property(FRAMES, fc.array(fc.integer({ min: 1, max: 60 })), (frames, cuts) => {
      const { reader, frames: found } = reading();
      let rest = Buffer.concat(frames.map(encoded));
      for (const cut of cuts) {
        reader.read(rest.subarray(0, cut));
        rest = rest.subarray(cut);
      }
      reader.read(rest);
      expect(found).toEqual(frames);
    }),
  );
});

test("finds three frames with a cut at every place between their bytes", () => {
  const frames = ["", "a", "a longer payload"].map((text, channel) => ({
    type: channel + 1,
    channel,
    payload: Buffer.from(text),
  }));
  const bytes = Buffer.concat(frames.map(encoded));
  for (let first = 0; first <= bytes.length; first++)
    for (let second = first; second <= bytes.length; second++) {
      const { reader, frames: found } = reading();
      reader.read(bytes.subarray(0, first));
      reader.read(bytes.subarray(first, second));
      reader.read(bytes.subarray(second));
      expect(found).toEqual(frames);
    }
});

test("takes the longest payload, and refuses one byte more before it has come", () => {
  const longest = { type: 3, channel: 1, payload: Buffer.alloc(4096, 1) };
  const { reader, frames } = reading();
  reader.read(encoded(longest));
  expect(frames).toEqual([longest]);
  const tooLong = encoded({ ...longest, payload: Buffer.alloc(4097) });
  expect(() => reader.read(tooLong.subarray(0, 7))).toThrow(ProtocolError);
});

test.each([8, 3])("refuses a frame without its end, read %i bytes at a time", (step) => {
  const bytes = encoded({ type: 1, channel: 0, payload: Buffer.alloc(0) });
  bytes[7] = 0;
  const { reader } = reading();
  const read = () => {
    for (let at = 0; at < bytes.length; at += step) reader.read(bytes.subarray(at, at + step));
  };
  expect(read).toThrow(ProtocolError);
});
