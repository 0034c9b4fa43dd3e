import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameReader, OPCODE } from "../../../bench/src/wire/frame-reader.ts";
import { clientFrame, serverFrame } from "../../../bench/src/wire/frames.ts";

/** Lengths on both sides of where the form of a header changes. */
const LENGTHS = [0, 1, 125, 126, 127, 65_535, 65_536];
const payloads = fc.array(
  fc.constantFrom(...LENGTHS).map((length) => Buffer.alloc(length, "x")),
  { maxLength: 6 },
);

/** `bytes` in pieces that end at `cuts`. */
function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted(
    (a, b) => a - b,
  );
  return ends.map((end, place) => Buffer.from(bytes.subarray(ends[place - 1] ?? 0, end)));
}

describe("a reader of frames", () => {
  test.each([
    ["a server's", (payload: Buffer) => serverFrame(payload)],
    ["a client's", (payload: Buffer) => clientFrame(payload)],
  ])("reads %s frames whole, wherever they are cut", (_whose, frameOf) => {
    fc.assert(
      fc.property(payloads, fc.array(fc.nat(), { maxLength: 5 }), (sent, cuts) => {
        const read: string[] = [];
        const reader = new FrameReader((_opcode, _length, payload) => read.push(String(payload)));
        for (const piece of pieces(Buffer.concat(sent.map(frameOf)), cuts)) reader.push(piece);
        expect(read).toEqual(sent.map(String));
        expect(reader.atBoundary).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test("counts frames by their headers, wherever they are cut", () => {
    fc.assert(
      fc.property(payloads, fc.array(fc.nat(), { maxLength: 5 }), (sent, cuts) => {
        const lengths: number[] = [];
        const reader = new FrameReader((_opcode, length) => lengths.push(length));
        reader.wantsPayload = false;
        const bytes = Buffer.concat(sent.map((payload) => serverFrame(payload)));
        for (const piece of pieces(bytes, cuts)) reader.push(piece);
        expect(lengths).toEqual(sent.map(({ length }) => length));
        expect(reader.atBoundary).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test("knows when a frame that it has counted is not all there", () => {
    const reader = new FrameReader(() => {});
    reader.wantsPayload = false;
    const frame = serverFrame(Buffer.alloc(300));
    reader.push(frame.subarray(0, 200));
    expect(reader.atBoundary).toBe(false);
    reader.push(frame.subarray(200));
    expect(reader.atBoundary).toBe(true);
  });

  test("hands over the payload of a ping while it counts", () => {
    const pings: string[] = [];
    const reader = new FrameReader((opcode, _length, payload) => {
      if (opcode === OPCODE.ping) pings.push(String(payload));
    });
    reader.wantsPayload = false;
    reader.push(serverFrame(Buffer.from("still there?"), OPCODE.ping));
    expect(pings).toEqual(["still there?"]);
  });

  test("unmasks what a client has masked", () => {
    const read: string[] = [];
    const reader = new FrameReader((_opcode, _length, payload) => read.push(String(payload)));
    // The example of RFC 6455 section 5.7.
    reader.push(Buffer.from("818537fa213d7f9f4d5158", "hex"));
    expect(read).toEqual(["Hello"]);
  });
});
