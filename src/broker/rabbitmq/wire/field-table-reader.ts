import {
  FieldDecimal,
  FieldDouble,
  FieldTimestamp,
  fieldTable,
  type FieldTable,
  type FieldValue,
} from "../../field-table.ts";
import { SYNTAX_ERROR } from "./amqp-constants.ts";
import type { WireReader } from "./wire-reader.ts";
import { ProtocolError } from "./wire-errors.ts";

/** Tables and lists within each other; what reads them further, JSON.stringify for one, follows no deeper than the stack is. */
const DEEPEST = 1_000;

/**
 * Reads a field table with its length in front; 64-bit integers that no number holds become bigints.
 * Throws {@link ProtocolError} where it is none, or nested deeper than {@link DEEPEST}.
 */
export function readFieldTable(from: WireReader): FieldTable {
  return readTable(from, DEEPEST);
}

/** Of what is made of a table, an object may be one that has a prototype. */
const MISREAD_KEY = "__proto__";

function readTable(from: WireReader, depth: number): FieldTable {
  const table = fieldTable();
  const entries = from.part(from.long());
  while (!entries.ended) {
    const key = entries.shortString();
    const value = readValue(entries, depth);
    if (key !== MISREAD_KEY) table[key] = value;
  }
  return table;
}

/** By tag: RabbitMQ, "AMQP 0-9-1 Errata", section 3. */
const READERS: Readonly<Record<string, (from: WireReader, depth: number) => FieldValue>> = {
  t: (from) => from.octet() !== 0,
  b: (from) => from.bytes(1).readInt8(),
  B: (from) => from.octet(),
  s: (from) => from.bytes(2).readInt16BE(),
  u: (from) => from.short(),
  I: (from) => from.bytes(4).readInt32BE(),
  i: (from) => from.long(),
  l: (from) => exact(from.bytes(8).readBigInt64BE()),
  f: (from) => double(from.bytes(4).readFloatBE()),
  d: (from) => double(from.bytes(8).readDoubleBE()),
  D: (from) => {
    const places = from.octet();
    return new FieldDecimal(from.long(), places);
  },
  S: (from) => from.longString(),
  x: (from) => from.bytes(from.long()),
  T: (from) => new FieldTimestamp(Number(from.bytes(8).readBigUInt64BE())),
  F: readTable,
  A: (from, depth) => {
    const items = from.part(from.long());
    const list: FieldValue[] = [];
    while (!items.ended) list.push(readValue(items, depth));
    return list;
  },
  V: () => null,
};

function readValue(from: WireReader, depth: number): FieldValue {
  if (depth === 0) throw new ProtocolError("A table is nested too deeply", SYNTAX_ERROR);
  const tag = String.fromCharCode(from.octet());
  const read = READERS[tag];
  if (!read) throw new ProtocolError(`A field of an unknown type "${tag}"`, SYNTAX_ERROR);
  return read(from, depth - 1);
}

function exact(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function double(value: number): number | FieldDouble {
  return Number.isFinite(value) ? value : new FieldDouble(value);
}
