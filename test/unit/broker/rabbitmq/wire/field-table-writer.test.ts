import * as fc from "fast-check";
import { expect, test } from "vitest";
import { fieldTable, type FieldTable } from "../../../../../src/broker/field-table.ts";
import { amqplibTable } from "../../../../../src/broker/rabbitmq/amqplib-table.ts";
import { readFieldTable } from "../../../../../src/broker/rabbitmq/wire/field-table-reader.ts";
import { FieldTableWriter } from "../../../../../src/broker/rabbitmq/wire/field-table-writer.ts";
import { ProtocolError } from "../../../../../src/broker/rabbitmq/wire/wire-errors.ts";
import { WireReader } from "../../../../../src/broker/rabbitmq/wire/wire-reader.ts";
import { encodeTable } from "../../../../harness/amqplib-codec.ts";
import { asReceived, FIELD_TABLES } from "./field-tables.ts";

const writer = new FieldTableWriter();

function byAmqplib(table: FieldTable): Buffer {
  const bytes = Buffer.alloc(256 * 1024);
  return bytes.subarray(0, encodeTable(bytes, amqplibTable(table), 0));
}

function readBack(table: FieldTable): FieldTable {
  return readFieldTable(new WireReader(Buffer.from(writer.encode(table))));
}

test("writes what amqplib writes, byte for byte", () => {
  fc.assert(
    fc.property(FIELD_TABLES, (table) => {
      expect(Buffer.from(writer.encode(table)).equals(byAmqplib(table))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test("reads back what was written", () => {
  fc.assert(
    fc.property(FIELD_TABLES, (table) => {
      expect(readBack(table)).toEqual(asReceived(table));
    }),
    { numRuns: 500 },
  );
});

test("keeps all 64 bits of an integer", () => {
  const table = fieldTable({ least: -(2n ** 63n), most: 2n ** 63n - 1n, odd: 2n ** 53n + 1n });
  expect(readBack(table)).toEqual(table);
});

test("outgrows the memory it began with", () => {
  const table = fieldTable({ text: "ż".repeat(9000), bytes: Buffer.alloc(70_000, 7), after: 1 });
  expect(readBack(table)).toEqual(table);
});

test("a key has at most 255 bytes", () => {
  const longest = fieldTable({ [`${"ż".repeat(127)}a`]: 1 });
  expect(readBack(longest)).toEqual(longest);
  expect(() => writer.encode(fieldTable({ ["ż".repeat(128)]: 1 }))).toThrow(RangeError);
});

test("a table that is cut anywhere is a protocol error", () => {
  const whole = Buffer.from(writer.encode(fieldTable({ a: "text", b: [1, fieldTable({ c: 2 })] })));
  for (let length = 0; length < whole.length; length++)
    expect(() => readFieldTable(new WireReader(whole.subarray(0, length)))).toThrow(ProtocolError);
});

test("a type that nobody knows is a protocol error", () => {
  const table = Buffer.from("\0\0\0\x04\x01k?\0", "latin1");
  expect(() => readFieldTable(new WireReader(table))).toThrow(/unknown type "\?"/);
});

test.each([
  ["tables", 1_000, "F", Buffer.of(0)],
  ["lists", 1_000, "A", Buffer.alloc(0)],
])("%s are read %i deep, and one deeper is a protocol error", (_, deepest, tag, key) => {
  expect(() => readFieldTable(nested(deepest, tag, key))).not.toThrow();
  for (const deeper of [deepest + 1, 20_000])
    expect(() => readFieldTable(nested(deeper, tag, key))).toThrow(/nested too deeply/);
});

/** A value in so many tables or lists, each in the one before, and all in a table. */
function nested(depth: number, tag: string, key: Buffer): WireReader {
  const step = 1 + 4 + key.length;
  const inside = (levels: number) => levels * step + 1;
  const bytes = Buffer.alloc(4 + 1 + inside(depth - 1));
  let at = bytes.writeUInt32BE(bytes.length - 4) + 1;
  for (let levels = depth - 2; levels >= 0; levels--) {
    at += bytes.write(tag, at);
    at = bytes.writeUInt32BE(key.length + inside(levels), at);
    at += key.copy(bytes, at);
  }
  bytes.write("V", at);
  return new WireReader(bytes);
}

test("a key __proto__ is passed over", () => {
  const table = Buffer.from("\0\0\0\x0f\x09__proto__V\x01aB\x07", "latin1");
  const read = readFieldTable(new WireReader(table));
  expect(Object.entries(read)).toEqual([["a", 7]]);
  expect(Object.getPrototypeOf(read)).toBeNull();
});
