import * as fc from "fast-check";
import {
  FieldDecimal,
  FieldDouble,
  fieldTable,
  FieldTimestamp,
  isFieldTable,
  type FieldTable,
  type FieldValue,
} from "../../../../../src/broker/field-table.ts";

const text = fc.string({ unit: "binary", maxLength: 70 }).filter((string) => string.isWellFormed());
const key = text.filter(
  (name) => Buffer.byteLength(name) < 256 && !["!", "__proto__"].includes(name),
);

const scalar: fc.Arbitrary<FieldValue> = fc.oneof(
  text,
  fc.integer({ min: -200, max: 200 }),
  fc.integer({ min: -70_000, max: 70_000 }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
  fc.uint8Array({ maxLength: 20 }),
  fc.maxSafeNat().map((seconds) => new FieldTimestamp(seconds)),
  fc
    .tuple(fc.nat({ max: 2 ** 32 - 1 }), fc.nat({ max: 255 }))
    .map(([digits, places]) => new FieldDecimal(digits, places)),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => new FieldDouble(value)),
);

const { table } = fc.letrec<{ value: FieldValue; table: FieldTable }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    scalar,
    fc.array(tie("value"), { maxLength: 4 }),
    tie("table"),
  ),
  table: fc.dictionary(key, tie("value"), { maxKeys: 6 }).map((entries) => fieldTable(entries)),
}));

/** Tables of every type that headers may have, nested. */
export const FIELD_TABLES: fc.Arbitrary<FieldTable> = table;

/** As a receiver has it: which integer type it was, and that it was a double, a number does not tell. */
export function asReceived(value: FieldValue): FieldValue {
  if (typeof value === "bigint" && Number.isSafeInteger(Number(value))) return Number(value);
  if (Object.is(value, -0)) return 0;
  if (value instanceof FieldDouble) return value.value;
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (Array.isArray(value)) return value.map(asReceived);
  if (!isFieldTable(value)) return value;
  return fieldTable(
    Object.fromEntries(Object.entries(value).map(([name, each]) => [name, asReceived(each)])),
  );
}
