import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CursorCodec } from "../../../src/replay/cursor-codec.ts";

const SECRET = "a secret of this test";
const point = fc.record({
  offset: fc.maxSafeNat(),
  fingerprint: fc
    .uint8Array({ minLength: 16, maxLength: 16 })
    .map((bytes) => Buffer.from(bytes).toString("base64url")),
  receivedAt: fc.date({
    min: new Date(0),
    max: new Date("9999-12-31T23:59:59.999Z"),
    noInvalidDate: true,
  }),
});
const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 });
const refused = expect.objectContaining({ code: "BAD_USER_INPUT" });

function outcomeOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe("a cursor", () => {
  test("is read as it was written, by whoever has the secret", () => {
    fc.assert(
      fc.property(name, point, (stream, at) => {
        const cursor = new CursorCodec(SECRET).encode(stream, at);
        expect(cursor).toMatch(/^[\w-]+$/);
        expect(new CursorCodec(SECRET).decode(stream, cursor)).toEqual(at);
      }),
    );
  });

  test("is refused of another secret, of another stream, and with any bit changed", () => {
    const codec = new CursorCodec(SECRET);
    fc.assert(
      fc.property(name, point, fc.nat(), fc.nat({ max: 7 }), (stream, at, place, bit) => {
        const cursor = codec.encode(stream, at);
        const other = new CursorCodec("another secret");
        expect(outcomeOf(() => other.decode(stream, cursor))).toEqual(refused);
        expect(outcomeOf(() => codec.decode(`${stream}!`, cursor))).toEqual(refused);
        const bytes = Buffer.from(cursor, "base64url");
        const index = place % bytes.length;
        bytes.writeUInt8(bytes.readUInt8(index) ^ (1 << bit), index);
        const forged = bytes.toString("base64url");
        expect(outcomeOf(() => codec.decode(stream, forged))).toEqual(refused);
      }),
    );
  });

  test("is refused in any other form", () => {
    const codec = new CursorCodec(SECRET);
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(outcomeOf(() => codec.decode("orders", text))).toEqual(refused);
      }),
    );
  });
});
