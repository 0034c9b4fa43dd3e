import { CodedError } from "../errors.ts";
import { checkShortString, quoted } from "./check-short-string.ts";
import {
  FieldDecimal,
  FieldDouble,
  FieldTimestamp,
  isFieldTable,
  type FieldTable,
  type FieldValue,
} from "./field-table.ts";
import type { BrokerLimits } from "./limits.ts";

/** Keys that AMQP clients written in JavaScript read as something else: a type's name, an object's prototype. */
const MISREAD_KEYS = new Set(["!", "__proto__"]);

/** `where` names the table in errors: "headers", "arguments". */
export function checkFieldTable(where: string, table: FieldTable, limits: BrokerLimits): void {
  const keys = Object.keys(table);
  if (keys.length === 0) return;
  if (keys.length > limits.maxHeaders)
    throw new CodedError(
      "LIMIT_EXCEEDED",
      `${where} has ${keys.length} entries; at most ${limits.maxHeaders} are taken`,
      { limit: "maxHeaders" },
    );
  const bytes = checkTable(where, table, limits.maxHeadersDepth);
  if (bytes > limits.maxHeadersBytes)
    throw new CodedError(
      "LIMIT_EXCEEDED",
      `${where} has ${bytes} bytes; at most ${limits.maxHeadersBytes} are taken`,
      { limit: "maxHeadersBytes" },
    );
}

/** CC and BCC are further routing keys (RabbitMQ, "Sender-selected Distribution"): lists of short strings. */
export function checkCopies(headers: FieldTable): void {
  for (const name of ["CC", "BCC"]) {
    const copies = headers[name];
    if (copies === undefined) continue;
    if (!Array.isArray(copies) || !copies.every((key) => typeof key === "string"))
      throw new CodedError(
        "BAD_USER_INPUT",
        `headers.${name} must be a list of routing keys, each a string`,
      );
    for (const key of copies) checkShortString(`headers.${name}: routing key`, key);
  }
}

/**
 * Where a message has died before, as brokers write it ("Dead Letter Exchanges"). RabbitMQ takes what publishers make of
 * it as it is: when it counts on in something else, the process of the whole queue ends, each time anew.
 */
export function checkDeaths(headers: FieldTable): void {
  const deaths = headers["x-death"];
  if (deaths === undefined) return;
  if (!Array.isArray(deaths) || !deaths.every(isDeath))
    throw new CodedError(
      "BAD_USER_INPUT",
      "headers.x-death must be a list of tables as the broker writes them, with queue and reason texts and count a whole number; leave it out",
    );
}

function isDeath(death: FieldValue): boolean {
  if (!isFieldTable(death)) return false;
  const { queue = "", reason = "", count = 0 } = death;
  const isCount = typeof count === "bigint" || (Number.isSafeInteger(count) && Number(count) >= 0);
  return typeof queue === "string" && typeof reason === "string" && isCount;
}

/** The gateway's own, on messages that it retries: a client that wrote them would have others read something else. */
export const OWN_HEADERS = { attempt: "x-gql-attempt", original: "x-gql-original" } as const;

export function checkOwnHeaders(headers: FieldTable): void {
  for (const name of Object.values(OWN_HEADERS))
    if (name in headers)
      throw new CodedError("BAD_USER_INPUT", `headers.${name} is the gateway's own; leave it out`);
}

/** Checks every key and value, and returns the table's size on the wire, in bytes. */
function checkTable(where: string, table: FieldTable, depth: number): number {
  if (depth === 0)
    throw new CodedError("LIMIT_EXCEEDED", `${where} is nested too deeply`, {
      limit: "maxHeadersDepth",
    });
  let bytes = 4;
  for (const [key, value] of Object.entries(table)) {
    if (MISREAD_KEYS.has(key))
      throw new CodedError(
        "BAD_USER_INPUT",
        `${where} has the key ${quoted(key)}, which clients would misread`,
      );
    checkShortString(`${where}: the key`, key);
    bytes += 1 + Buffer.byteLength(key) + checkValue(`${where}.${key}`, value, depth);
  }
  return bytes;
}

function checkValue(where: string, value: FieldValue, depth: number): number {
  if (typeof value === "string") return checkText(where, value);
  if (typeof value === "bigint") return checkInt64(where, value);
  if (value instanceof Uint8Array) return 5 + value.length;
  if (Array.isArray(value)) {
    if (depth === 1)
      throw new CodedError("LIMIT_EXCEEDED", `${where} is nested too deeply`, {
        limit: "maxHeadersDepth",
      });
    return value.reduce<number>(
      (bytes, item, place) => bytes + checkValue(`${where}[${place}]`, item, depth - 1),
      5,
    );
  }
  if (
    value instanceof FieldTimestamp &&
    !(Number.isSafeInteger(value.seconds) && value.seconds >= 0)
  )
    throw new CodedError(
      "BAD_USER_INPUT",
      `${where} must be a whole number of seconds, and not before 1970-01-01T00:00:00Z`,
    );
  if (value instanceof FieldDecimal) return checkDecimal(where, value);
  if (typeof value === "number") return checkDouble(where, value);
  if (value instanceof FieldDouble) return checkDouble(where, value.value);
  if (value !== null && isFieldTable(value)) return 1 + checkTable(where, value, depth - 1);
  return 9;
}

function checkText(where: string, value: string): number {
  if (!value.isWellFormed())
    throw new CodedError("BAD_USER_INPUT", `${where}: ${quoted(value)} holds half a character`);
  return 5 + Buffer.byteLength(value);
}

function checkInt64(where: string, value: bigint): number {
  if (value !== BigInt.asIntN(64, value))
    throw new CodedError(
      "BAD_USER_INPUT",
      `${where}: ${value} does not fit a signed 64-bit integer`,
    );
  return 9;
}

/** RabbitMQ, being Erlang, has no such double: reading one, it closes the connection. */
function checkDouble(where: string, value: number): number {
  if (!Number.isFinite(value))
    throw new CodedError("BAD_USER_INPUT", `${where}: ${value} is not a number that AMQP carries`);
  return 9;
}

function checkDecimal(where: string, { digits, places }: FieldDecimal): number {
  const fits =
    Number.isInteger(digits) &&
    digits >= 0 &&
    digits < 2 ** 32 &&
    Number.isInteger(places) &&
    places >= 0 &&
    places < 256;
  if (!fits)
    throw new CodedError(
      "BAD_USER_INPUT",
      `${where}: an AMQP decimal has digits up to 4294967295 and at most 255 places`,
    );
  return 6;
}
