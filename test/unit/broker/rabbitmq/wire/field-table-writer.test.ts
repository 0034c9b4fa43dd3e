import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  FieldDouble,
  fieldTable,
  isFieldTable,
  type FieldTable,
  type FieldValue,
} from "../../../../../src/broker/field-table.ts";
import { encodeFieldTable } from "../../../../../src/broker/rabbitmq/field-table-codec.ts";
import { readFieldTable } from "../../../../../src/broker/rabbitmq/wire/field-table-reader.ts";
import { FieldTableWriter } from "../../../../../src/broker/rabbitmq/wire/field-table-writer.ts";
import { ProtocolError } from "../../../../../src/broker/rabbitmq/wire/wire-errors.ts";
import { WireReader } from "../../../../../src/broker/rabbitmq/wire/wire-reader.ts";
import { encodeTable } from "../../../../harness/amqplib-codec.ts";
import { FIELD_TABLES } from "./field-tables.ts";

const writer = new FieldTableWriter();

function byAmqplib(table: FieldTable): Buffer {
  const bytes = Buffer.alloc(256 * 1024);
  return bytes.subarray(0, encodeTable(bytes, encodeFieldTable(table), 0));
}

function readBack(table: FieldTable): FieldTable {
  return readFieldTable(new WireReader(Buffer.from(writer.encode(table))));
}

/** As a receiver has it: which integer type it was, and that it was a double, a number does not tell. */
function asReceived(value: FieldValue): FieldValue {
  if (typeof value === "bigint" && Number.isSafeInteger(Number(value))) return Number(value);
  if (Object.is(value, -0)) return 0;
  if (value instanceof FieldDouble) return value.value;
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (Array.isArray(value)) return value.map(asReceived);
  if (!isFieldTable(value)) return value;
  return fieldTable(
    Object.fromEntries(Object.entries(value).map(([key, each]) => [key, asReceived(each)])),
  );
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
