import { CodedError } from "../../errors.ts";
import { FieldDouble, FieldTimestamp, type FieldTable, type FieldValue } from "../field-table.ts";
import { fieldValueKey } from "../field-table-key.ts";

/** `x-match` of a binding: every value or at least one, with or without keys that begin with "x-". */
const MATCHES = {
  all: { every: true, withX: false },
  any: { every: false, withX: false },
  "all-with-x": { every: true, withX: true },
  "any-with-x": { every: false, withX: true },
} as const;

/**
 * Whether headers match a binding's arguments (AMQP 0-9-1 section 3.1.3.4; RabbitMQ, "Headers
 * Exchange"). Rejects an `x-match` that RabbitMQ would not take with PRECONDITION_FAILED.
 */
export function headersMatch(bindingArguments: FieldTable): (headers: FieldTable) => boolean {
  const { every, withX } = matchOf(bindingArguments["x-match"]);
  const wanted = Object.entries(bindingArguments).filter(
    ([key]) => key !== "x-match" && (withX || !key.startsWith("x-")),
  );
  return every
    ? (headers) => wanted.every((entry) => holds(headers, entry))
    : (headers) => wanted.some((entry) => holds(headers, entry));
}

function holds(headers: FieldTable, [key, value]: [string, FieldValue]): boolean {
  const header = headers[key];
  // A void value asks only that the header is there.
  return header !== undefined && (value === null || sameHeader(value, header));
}

function matchOf(value: FieldValue | undefined): (typeof MATCHES)[keyof typeof MATCHES] {
  if (value === undefined) return MATCHES.all;
  for (const [name, match] of Object.entries(MATCHES)) if (name === value) return match;
  throw new CodedError(
    "PRECONDITION_FAILED",
    `x-match is ${fieldValueKey(value)}; it must be one of ${Object.keys(MATCHES).join(", ")}`,
  );
}

/** RabbitMQ compares top-level values and not their types: 1 is 1.0, and a string equals the same bytes. */
function sameHeader(wanted: FieldValue, header: FieldValue): boolean {
  const numbers = [numeric(wanted), numeric(header)] as const;
  // Two equals signs: a 64-bit integer and a number of the same value are the same.
  if (numbers[0] !== undefined && numbers[1] !== undefined) return numbers[0] == numbers[1];
  const texts = [binary(wanted), binary(header)] as const;
  if (texts[0] && texts[1]) return texts[0].equals(texts[1]);
  return fieldValueKey(wanted) === fieldValueKey(header);
}

function numeric(value: FieldValue): number | bigint | undefined {
  if (typeof value === "number" || typeof value === "bigint") return value;
  if (value instanceof FieldDouble) return value.value;
  return value instanceof FieldTimestamp ? value.seconds : undefined;
}

function binary(value: FieldValue): Buffer | undefined {
  if (typeof value === "string") return Buffer.from(value);
  return value instanceof Uint8Array ? Buffer.from(value) : undefined;
}
