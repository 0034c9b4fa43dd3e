import type { FieldTable, FieldValue } from "../../broker/field-table.ts";

/** What a policy can say of a header's value. */
export type HeaderValue = string | number | boolean;
export type HeaderValues = ReadonlyMap<string, HeaderValue>;

/** Whether a message's headers, or what a subscription asks of all of them, have each value. */
export function haveValues(headers: FieldTable, values: HeaderValues): boolean {
  for (const [name, value] of values)
    if (!Object.hasOwn(headers, name) || !isValue(headers[name], value)) return false;
  return true;
}

/** No less strict than a headers exchange, which compares numbers of all types by what they are. */
function isValue(given: FieldValue | undefined, value: HeaderValue): boolean {
  if (typeof given === "bigint") return typeof value === "number" && BigInt(value) === given;
  return given === value;
}
