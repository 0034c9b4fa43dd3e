import {
  FieldDecimal,
  FieldDouble,
  FieldTimestamp,
  type FieldTable,
  type FieldValue,
} from "./field-table.ts";

/** Equal for tables with the same entries in any order, each of the same AMQP type, and for no others. */
export function fieldTableKey(table: FieldTable): string {
  const entries = Object.entries(table).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(entries.map(([key, value]) => [key, fieldValueKey(value)]));
}

/** Nested tables with their entries in order: RabbitMQ compares them as lists. */
export function fieldValueKey(value: FieldValue): string {
  return JSON.stringify(tagged(value));
}

function tagged(value: FieldValue): unknown {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
  if (typeof value === "bigint") return ["integer", String(value)];
  if (typeof value === "number")
    return [Number.isSafeInteger(value) ? "integer" : "double", String(value)];
  if (Array.isArray(value)) return ["array", value.map(tagged)];
  if (value instanceof Uint8Array) return ["bytes", Buffer.from(value).toString("base64")];
  if (value instanceof FieldTimestamp) return ["timestamp", value.seconds];
  if (value instanceof FieldDecimal) return ["decimal", value.digits, value.places];
  if (value instanceof FieldDouble) return ["double", String(value.value)];
  return ["table", Object.entries(value).map(([key, item]) => [key, tagged(item)])];
}
