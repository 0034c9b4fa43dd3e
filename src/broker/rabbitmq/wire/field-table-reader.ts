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

/** Reads a field table with its length in front; 64-bit integers that no number holds become bigints. */
export function readFieldTable(from: WireReader): FieldTable {
  const table = fieldTable();
  const entries = from.part(from.long());
  while (!entries.ended) {
    const key = entries.shortString();
    table[key] = readValue(entries);
  }
  return table;
}

/** By tag: RabbitMQ, "AMQP 0-9-1 Errata", section 3. */
const READERS: Readonly<Record<string, (from: WireReader) => FieldValue>> = {
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
  S: (from) => from.bytes(from.long()).toString("utf8"),
  x: (from) => from.bytes(from.long()),
  T: (from) => new FieldTimestamp(Number(from.bytes(8).readBigUInt64BE())),
  F: readFieldTable,
  A: (from) => {
    const items = from.part(from.long());
    const list: FieldValue[] = [];
    while (!items.ended) list.push(readValue(items));
    return list;
  },
  V: () => null,
};

function readValue(from: WireReader): FieldValue {
  const tag = String.fromCharCode(from.octet());
  const read = READERS[tag];
  if (!read) throw new ProtocolError(`A field of an unknown type "${tag}"`, SYNTAX_ERROR);
  return read(from);
}

function exact(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function double(value: number): number | FieldDouble {
  return Number.isFinite(value) ? value : new FieldDouble(value);
}
