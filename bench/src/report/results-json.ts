import type { RowResult } from "../run/run-row.ts";
import type { Machine } from "./machine.ts";
import { reached } from "./reached.ts";

/** Everything that was measured, as JSON. */
export function resultsJson(results: readonly RowResult[], machine: Machine): string {
  const rows = results.map((result) => ({
    name: result.row.name,
    title: result.row.title,
    goals: result.row.goals.flatMap((goal) => reached(result, goal) ?? []),
    samples: Object.fromEntries(result.samples),
  }));
  return `${JSON.stringify({ date: new Date().toISOString(), machine, rows }, null, 2)}\n`;
}
