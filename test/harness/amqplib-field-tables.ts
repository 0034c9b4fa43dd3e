import {
  FieldDecimal,
  FieldDouble,
  FieldTimestamp,
  fieldTable,
  type FieldTable,
  type FieldValue,
} from "../../src/broker/field-table.ts";

/**
 * To what amqplib encodes as the same AMQP types. It picks an integer's width by its size, and reads
 * an object with a key `"!"` as a type it is told: the one way to name a type, so no table that
 * comes from outside may hold that key (see check-headers.ts).
 */
export function encodeFieldTable(table: FieldTable): Record<string, unknown> {
  const encoded = fieldTable() as Record<string, unknown>;
  for (const key of Object.keys(table)) encoded[key] = encodeValue(table[key] ?? null);
  return encoded;
}

function encodeValue(value: FieldValue): unknown {
  switch (typeof value) {
    case "bigint":
      return { "!": "int64", value };
    case "number":
      return Number.isSafeInteger(value) ? value : { "!": "double", value };
    case "object":
      return value === null ? null : encodeObject(value);
    default:
      return value;
  }
}

function encodeObject(value: Exclude<FieldValue & object, null>): unknown {
  if (Array.isArray(value)) return value.map(encodeValue);
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof FieldTimestamp) return { "!": "timestamp", value: value.seconds };
  if (value instanceof FieldDouble) return { "!": "double", value: value.value };
  if (value instanceof FieldDecimal)
    return { "!": "decimal", value: { digits: value.digits, places: value.places } };
  return encodeFieldTable(value);
}

/**
 * From what amqplib decoded. A 64-bit integer beyond 2^53 has already been rounded by it, and a
 * key `__proto__` swallowed: own keys only are copied, so that nothing is inherited.
 */
export function decodeFieldTable(decoded: Record<string, unknown> | undefined): FieldTable {
  const table = fieldTable();
  if (decoded === undefined) return table;
  for (const key of Object.keys(decoded)) table[key] = decodeValue(decoded[key]);
  return table;
}

function decodeValue(value: unknown): FieldValue {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : new FieldDouble(value);
    default:
      return typeof value === "object" && value !== null ? decodeObject(value) : null;
  }
}

function decodeObject(value: object): FieldValue {
  if (Array.isArray(value)) return value.map(decodeValue);
  if (value instanceof Uint8Array) return value;
  const table = value as Record<string, unknown>;
  if (Object.hasOwn(table, "!")) {
    if (table["!"] === "timestamp") return new FieldTimestamp(Number(table["value"]));
    const decimal = table["value"] as { digits: number; places: number };
    if (table["!"] === "decimal") return new FieldDecimal(decimal.digits, decimal.places);
  }
  return decodeFieldTable(table);
}
