import { fieldTableKey } from "../broker/field-table-key.ts";
import type { TapSpec } from "../broker/topology.ts";

/** Two specs have the same key only where the broker would route the same messages to both. */
export function tapKey({ exchange, routingPatterns, headers }: TapSpec): string {
  return JSON.stringify([
    exchange,
    routingPatterns.toSorted(),
    headers ? [headers.match, fieldTableKey(headers.values)] : null,
  ]);
}
