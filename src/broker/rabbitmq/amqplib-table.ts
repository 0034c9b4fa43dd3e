import {
  FieldDecimal,
  FieldDouble,
  FieldTimestamp,
  fieldTable,
  type FieldTable,
  type FieldValue,
} from "../field-table.ts";

/**
 * To what amqplib encodes as the same AMQP types. It picks an integer's width by its size, and reads
 * an object with a key `"!"` as a type it is told: the one way to name a type, so no table that
 * comes from outside may hold that key (see check-headers.ts).
 */
export function amqplibTable(table: FieldTable): Record<string, unknown> {
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
  return amqplibTable(value);
}
