import type { Metric } from "../rows/row.ts";
import type { RowResult } from "../run/run-row.ts";
import type { TargetName } from "../run/target.ts";
import { spreadOf, type Spread } from "./spread.ts";

/** What `metric` was, round by round. */
export function valuesOf(result: RowResult, target: TargetName, metric: string): number[] {
  return (result.samples.get(target) ?? []).map((sample) => sample[metric] ?? Number.NaN);
}

/** `of` divided by `against` in the same round, for each round. */
export function quotients(
  result: RowResult,
  metric: string,
  of: TargetName,
  against: TargetName,
): number[] {
  const divisors = valuesOf(result, against, metric);
  return valuesOf(result, of, metric).map(
    (value, round) => value / (divisors[round] ?? Number.NaN),
  );
}

/** How many times as good as `against` `of` was: above 1 it was better, whichever way that goes. */
export function timesAsGood(
  result: RowResult,
  { key, better }: Metric,
  of: TargetName,
  against: TargetName,
): Spread | undefined {
  if (better === undefined) return undefined;
  const ratios = quotients(result, key, of, against);
  return spreadOf(better === "more" ? ratios : ratios.map((ratio) => 1 / ratio));
}
