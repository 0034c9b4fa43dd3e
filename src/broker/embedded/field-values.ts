import {
  FieldDecimal,
  FieldDouble,
  FieldTimestamp,
  fieldTable,
  type FieldTable,
  type FieldValue,
} from "../field-table.ts";

/** A copy that shares nothing which either side could change, each value of the type that it had. */
export function copyFieldTable(table: FieldTable): FieldTable {
  return mapTable(table, (value) => value);
}

/**
 * A copy as a consumer reads it: AMQP's numbers arrive as JavaScript numbers wherever those hold them
 * exactly, so that a double without a fraction and a small 64-bit integer are plain numbers.
 */
export function receivedFieldTable(table: FieldTable): FieldTable {
  return mapTable(table, (value) => {
    if (typeof value === "bigint")
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    return value instanceof FieldDouble && Number.isFinite(value.value) ? value.value : value;
  });
}

function mapTable(table: FieldTable, scalar: (value: FieldValue) => FieldValue): FieldTable {
  const copy = fieldTable();
  for (const [key, value] of Object.entries(table)) copy[key] = mapValue(value, scalar);
  return copy;
}

function mapValue(value: FieldValue, scalar: (value: FieldValue) => FieldValue): FieldValue {
  if (typeof value !== "object" || value === null) return scalar(value);
  if (Array.isArray(value)) return value.map((item) => mapValue(item, scalar));
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (value instanceof FieldTimestamp) return new FieldTimestamp(value.seconds);
  if (value instanceof FieldDecimal) return new FieldDecimal(value.digits, value.places);
  if (value instanceof FieldDouble) return scalar(new FieldDouble(value.value));
  return mapTable(value, scalar);
}
