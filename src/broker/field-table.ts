/**
 * AMQP field tables: message headers and the arguments of exchanges, queues and bindings
 * (AMQP 0-9-1 section 4.2.5.5, with RabbitMQ's list of types in its "AMQP 0-9-1 Errata").
 *
 * A JavaScript number stands for every integer that it holds exactly and for doubles with a
 * fraction; the types that numbers, strings and booleans cannot tell apart have a form of their own.
 */
export type FieldValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | FieldTimestamp
  | FieldDecimal
  | FieldDouble
  | FieldValue[]
  | FieldTable;

/** A nested table. Always without a prototype, so that no key can reach one. */
export interface FieldTable {
  [key: string]: FieldValue;
}

/** Type `T`: whole seconds since 1970-01-01T00:00:00Z. */
export class FieldTimestamp {
  readonly seconds: number;
  constructor(seconds: number) {
    this.seconds = seconds;
  }
}

/** Type `D`: `digits` (unsigned, 32 bits) divided by ten to the power of `places` (0 to 255). */
export class FieldDecimal {
  readonly digits: number;
  readonly places: number;
  constructor(digits: number, places: number) {
    this.digits = digits;
    this.places = places;
  }
}

/** Type `d` for a value that as a number would become an integer, or that JSON has no word for. */
export class FieldDouble {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** A table of its own; empty where no entries are given. */
export function fieldTable(entries?: Record<string, FieldValue>): FieldTable {
  const table = Object.create(null) as FieldTable;
  return entries ? Object.assign(table, entries) : table;
}

/** Empty and frozen: one for nearly all messages, known by its identity. */
export const NO_FIELDS: Readonly<FieldTable> = Object.freeze(fieldTable());

/** True for a nested table, and false for every value that stands for a type of its own. */
export function isFieldTable(value: FieldValue): value is FieldTable {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof FieldTimestamp) &&
    !(value instanceof FieldDecimal) &&
    !(value instanceof FieldDouble)
  );
}
