import type { BenchBroker } from "../run/broker.ts";
import type { LoadProcess } from "../run/load-process.ts";
import type { RunningTarget, TargetName } from "../run/target.ts";

/** What one round of one target gave, by the metrics' keys. */
export type Sample = Readonly<Record<string, number>>;

export interface Metric {
  readonly key: string;
  readonly title: string;
  /** Which is better; left out where neither is, and no ratio is made. */
  readonly better?: "more" | "less";
}

/** What a row is to show. */
export interface Goal {
  readonly of: TargetName;
  /** A ratio against this one in the same round; left out where the value itself is to be reached. */
  readonly against?: TargetName;
  readonly metric: string;
  /** At least so many times as good (more where more is better, less where less is). */
  readonly atLeast?: number;
  /** At most so much, or so many times as much. */
  readonly atMost?: number;
}

export interface RoundContext {
  readonly target: RunningTarget;
  readonly load: LoadProcess;
  readonly broker: BenchBroker;
  /** An exchange of the target's own. */
  readonly exchange: string;
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** At most so many subscribers or patterns. */
  readonly most: number;
}

/** A line of a table that shows how a target grows. */
export interface GrowthPoint {
  readonly table: string;
  readonly point: string;
}

/** One piece of work that several targets do in turn. */
export interface Row {
  readonly name: string;
  readonly title: string;
  readonly targets: readonly TargetName[];
  /** Those of them that no goal is about: they take part in the first rounds alone. */
  readonly context?: readonly TargetName[];
  /** What all others are compared with. */
  readonly reference: TargetName;
  readonly metrics: readonly Metric[];
  readonly goals: readonly Goal[];
  /** Points of tables of growth. */
  readonly growth?: readonly GrowthPoint[];
  /** Only a point of a table of growth, with no table of its own, and fewer and shorter rounds. */
  readonly brief?: boolean;
  /** Part of a short run. */
  readonly short?: boolean;
  /** Every round has processes of its own: what one leaves behind would be the next one's gain. */
  readonly fresh?: boolean;
  measure(context: RoundContext): Promise<Sample>;
}

/** Of rows about work. */
export const WORK_METRICS: readonly Metric[] = [
  { key: "perSecond", title: "messages/s", better: "more" },
  { key: "cpuMicroseconds", title: "CPU µs a message", better: "less" },
  { key: "busy", title: "cores busy" },
  { key: "loadBusy", title: "load's core busy" },
];
