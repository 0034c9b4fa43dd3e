import type { Row, Sample } from "../rows/row.ts";
import type { RowResult } from "../run/run-row.ts";
import type { TargetName } from "../run/target.ts";
import type { Machine } from "./machine.ts";
import { reached } from "./reached.ts";

/** What a row gave, when and on what. */
export interface Measured extends RowResult {
  /** ISO 8601. */
  readonly date: string;
  readonly machine: Machine;
}

/** The same as JSON has it. */
interface RowJson extends Pick<Measured, "date" | "machine" | "rounds" | "seconds"> {
  readonly samples: Partial<Record<TargetName, readonly Sample[]>>;
  readonly failures: Partial<Record<TargetName, string>>;
}

/** All rows of a run. */
export function resultsJson(results: readonly Measured[]): string {
  return textOf({ rows: results.map(rowJson) });
}

export function resultJson(result: Measured): string {
  return textOf(rowJson(result));
}

/** What {@link resultJson} wrote of `row`. */
export function readResult(row: Row, text: string): Measured {
  const { samples, failures, ...others } = JSON.parse(text) as RowJson;
  return {
    row,
    samples: new Map(Object.entries(samples) as [TargetName, readonly Sample[]][]),
    failures: new Map(Object.entries(failures) as [TargetName, string][]),
    ...others,
  };
}

function rowJson(result: Measured): RowJson & Record<string, unknown> {
  const { row, samples, failures, ...others } = result;
  return {
    name: row.name,
    title: row.title,
    ...others,
    goals: row.goals.flatMap((goal) => reached(result, goal) ?? []),
    samples: Object.fromEntries(samples),
    failures: Object.fromEntries(failures),
  };
}

function textOf(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
