import {
  FieldDecimal,
  FieldDouble,
  FieldTimestamp,
  fieldTable,
  type FieldTable,
  type FieldValue,
} from "../../src/broker/field-table.ts";

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
