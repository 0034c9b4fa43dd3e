import type { Goal } from "../rows/row.ts";
import type { RowResult } from "../run/run-row.ts";
import { quotients, timesAsGood, valuesOf } from "./ratio.ts";
import { spreadOf, type Spread } from "./spread.ts";

/** A goal and what came of it. */
export interface Reached {
  readonly goal: Goal;
  readonly measured: Spread;
  readonly met: boolean;
  readonly shows: string;
}

/** Undefined where the targets that it is about were not there. */
export function reached(result: RowResult, goal: Goal): Reached | undefined {
  const measured = measuredFor(result, goal);
  if (!measured) return undefined;
  const { atLeast = -Infinity, atMost = Infinity } = goal;
  return {
    goal,
    measured,
    met: measured.median >= atLeast && measured.median <= atMost,
    shows: shows(result, goal),
  };
}

function measuredFor(result: RowResult, { of, against, metric, atMost }: Goal): Spread | undefined {
  if (against === undefined) return spreadOf(valuesOf(result, of, metric));
  if (atMost !== undefined) return spreadOf(quotients(result, metric, of, against));
  const found = result.row.metrics.find(({ key }) => key === metric);
  return found && timesAsGood(result, found, of, against);
}

const FULL = 0.9;

/** Whether a ratio of throughput would say the same as one of CPU time. */
function shows(result: RowResult, { of, against, metric }: Goal): string {
  if (metric !== "cpuMicroseconds" || against === undefined)
    return metric === "perSecond" ? "throughput" : "";
  const busy = [of, against].map(
    (target) => spreadOf(valuesOf(result, target, "busy"))?.median ?? 0,
  );
  if (busy.every((cores) => cores >= FULL)) return "CPU and throughput";
  return "CPU: throughput is the load's or the broker's";
}
