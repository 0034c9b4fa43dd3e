import { GraphQLDateTime } from "graphql-scalars";
import { CodedError } from "../errors.ts";
import {
  FieldDecimal,
  FieldDouble,
  FieldTimestamp,
  fieldTable,
  type FieldTable,
  type FieldValue,
} from "../broker/field-table.ts";
import { parseBase64 } from "./scalars/base64.ts";

/**
 * AMQP tables as JSON and back. Strings, booleans, null, lists, nested tables and the numbers that
 * JavaScript holds exactly are themselves; the other AMQP types are an object with one key that
 * begins with `$`, in both directions: {@link TAGGED} lists them.
 */
export function toFieldTable(
  where: string,
  json: Readonly<Record<string, unknown>> | null | undefined,
): FieldTable {
  return readTable(where, json ?? {}, DEEPEST);
}

/** Far beyond any limit that a table has, and well within the stack. */
const DEEPEST = 100;

function readTable(where: string, json: object, depth: number): FieldTable {
  const table = fieldTable();
  for (const [key, value] of Object.entries(json))
    table[key] = toFieldValue(`${where}.${key}`, value, depth - 1);
  return table;
}

export function fieldTableJson(table: FieldTable): Record<string, unknown> {
  const json = Object.create(null) as Record<string, unknown>;
  for (const [key, value] of Object.entries(table)) json[key] = fieldValueJson(value);
  return json;
}

/** Reads the value of each `$` form; throws where it is malformed. */
const TAGGED: Readonly<
  Record<string, { readonly read: (value: unknown) => FieldValue; readonly right: string }>
> = {
  $int64: {
    read: (value) => BigInt(matching(/^-?\d{1,19}$/, value)),
    right: 'a string of digits, such as {"$int64": "9007199254740993"}',
  },
  $double: {
    read: (value) => new FieldDouble(finite(value)),
    right: 'a number, such as {"$double": 1}',
  },
  $bytes: { read: parseBase64, right: 'base64, such as {"$bytes": "AQI="}' },
  $timestamp: {
    read: (value) =>
      new FieldTimestamp(typeof value === "number" ? value : Math.floor(instant(value) / 1000)),
    right: 'an instant, such as {"$timestamp": "2026-01-31T12:00:00Z"}, or its seconds since 1970',
  },
  $decimal: {
    read: readDecimal,
    right: 'a decimal that is not negative, such as {"$decimal": "12.34"}',
  },
};

function toFieldValue(where: string, value: unknown, depth: number): FieldValue {
  if (depth === 0) throw new CodedError("LIMIT_EXCEEDED", "A table is nested too deeply");
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return exactNumber(where, value);
    case "object":
      if (value === null) return null;
      if (Array.isArray(value))
        return value.map((item, place) => toFieldValue(`${where}[${place}]`, item, depth - 1));
      return readTagged(where, value) ?? readTable(where, value, depth);
    default:
      throw new CodedError("BAD_USER_INPUT", `${where} is not a JSON value`);
  }
}

function exactNumber(where: string, value: number): number {
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    throw new CodedError(
      "BAD_USER_INPUT",
      `${where}: ${value} is beyond what a JSON number holds exactly; write {"$int64": "…"} or {"$double": …}`,
    );
  return value;
}

function readTagged(where: string, value: object): FieldValue | undefined {
  const [entry, ...others] = Object.entries(value);
  if (!entry || others.length > 0) return undefined;
  const [tag, tagged] = entry as [string, unknown];
  const form = Object.hasOwn(TAGGED, tag) ? TAGGED[tag] : undefined;
  if (!form) return undefined;
  try {
    return form.read(tagged);
  } catch {
    throw new CodedError(
      "BAD_USER_INPUT",
      `${where}: ${tag} must be ${form.right}; it was ${JSON.stringify(tagged)}`,
    );
  }
}

function matching(pattern: RegExp, value: unknown): string {
  if (typeof value === "string" && pattern.test(value)) return value;
  throw new TypeError("malformed");
}

function finite(value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new TypeError("malformed");
}

/** As strict as the scalar DateTime: there is no 30th of February. */
function instant(value: unknown): number {
  return GraphQLDateTime.parseValue(matching(/^/, value)).getTime();
}

function readDecimal(value: unknown): FieldDecimal {
  const [whole = "", fraction = ""] = matching(/^\d{1,10}(\.\d{1,255})?$/, value).split(".");
  return new FieldDecimal(Number(whole + fraction), fraction.length);
}

function fieldValueJson(value: FieldValue): unknown {
  if (typeof value === "bigint") return { $int64: String(value) };
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(fieldValueJson);
  if (value instanceof Uint8Array)
    return {
      $bytes: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64"),
    };
  if (value instanceof FieldDouble)
    return { $double: Number.isFinite(value.value) ? value.value : String(value.value) };
  if (value instanceof FieldTimestamp) return { $timestamp: timestampJson(value.seconds) };
  if (value instanceof FieldDecimal) return { $decimal: decimalText(value) };
  return fieldTableJson(value);
}

/** An instant where a calendar has it, else the plain number of seconds. */
function timestampJson(seconds: number): string | number {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999
    ? seconds
    : date.toISOString().replace(".000Z", "Z");
}

function decimalText({ digits, places }: FieldDecimal): string {
  if (places === 0) return String(digits);
  const text = String(digits).padStart(places + 1, "0");
  return `${text.slice(0, -places)}.${text.slice(-places)}`;
}
