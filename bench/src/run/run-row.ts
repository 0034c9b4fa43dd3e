import type { Row, Sample } from "../rows/row.ts";
import type { BenchBroker } from "./broker.ts";
import { LoadProcess } from "./load-process.ts";
import type { Options } from "./options.ts";
import type { TargetPool } from "./target-pool.ts";
import type { RunningTarget, TargetName } from "./target.ts";

/** What a row gave. */
export interface RowResult {
  readonly row: Row;
  /** A sample a round for each target that there was. */
  readonly samples: ReadonlyMap<TargetName, readonly Sample[]>;
  /** Why targets did not come to their end, a wrong count for one. Their samples are left out. */
  readonly failures: ReadonlyMap<TargetName, string>;
  /** Of each, but for those targets that are there for context: they have fewer rounds. */
  readonly rounds: number;
  readonly seconds: number;
}

export interface Bench {
  readonly broker: BenchBroker;
  readonly pool: TargetPool;
  readonly options: Pick<Options, "targets" | "rounds" | "warmUpMs" | "measureMs" | "most">;
  /** Tells of every sample as it comes. */
  readonly tell: (text: string) => void;
}

/** Rounds of those that are there for context. */
const CONTEXT_ROUNDS = 2;
/** At most so much for a row that is but a point of a table. */
const BRIEF = { rounds: 3, measureMs: 2000 };

/** Runs one row: its targets in turn, round after round, in one run. */
export async function runRow(row: Row, bench: Bench): Promise<RowResult> {
  const { pool, options, broker, tell } = bench;
  const samples = new Map<TargetName, Sample[]>();
  const failures = new Map<TargetName, string>();
  const rounds = row.brief ? Math.min(options.rounds, BRIEF.rounds) : options.rounds;
  const measureMs = row.brief ? Math.min(options.measureMs, BRIEF.measureMs) : options.measureMs;
  const takesPart = (target: TargetName, round: number) =>
    !failures.has(target) && (round <= CONTEXT_ROUNDS || !row.context?.includes(target));
  const wanted = row.targets.filter((target) => options.targets.test(target));
  let load = new LoadProcess();
  try {
    for (let round = 1; round <= rounds; round++) {
      for (const name of wanted.filter((target) => takesPart(target, round))) {
        try {
          if (row.fresh) await pool.stop(name);
          const target = await pool.get(name, row.name);
          if (!target) continue;
          const start = performance.now();
          const sample = await measure(row, target, load, { ...bench.options, measureMs }, broker);
          const took = ((performance.now() - start) / 1000).toFixed(1);
          samples.set(name, [...(samples.get(name) ?? []), sample]);
          tell(`${row.name} ${round}/${rounds} ${name} (${took} s) ${inWords(row, sample)}`);
        } catch (failure) {
          tell(`${row.name} ${round}/${rounds} ${name} failed: ${describe(failure)}`);
          failures.set(name, failure instanceof Error ? failure.message : String(failure));
          samples.delete(name);
          await pool.stop(name);
          load.stop();
          load = new LoadProcess();
        }
      }
    }
    return { row, samples, failures, rounds, seconds: measureMs / 1000 };
  } finally {
    load.stop();
  }
}

function measure(
  row: Row,
  target: RunningTarget,
  load: LoadProcess,
  options: Bench["options"],
  broker: BenchBroker,
): Promise<Sample> {
  const exchange = `bench.${row.name}.${target.name}`;
  return row.measure({ ...options, target, load, broker, exchange });
}

function inWords({ metrics }: Row, sample: Sample): string {
  return metrics
    .map(({ key, title }) => `${title}: ${Number(sample[key]).toPrecision(4)}`)
    .join(", ");
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined
    ? String(error.stack)
    : `${error.message}: ${describe(error.cause)}`;
}
