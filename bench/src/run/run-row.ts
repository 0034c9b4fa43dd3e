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
  readonly failures: ReadonlyMap<TargetName, unknown>;
}

export interface Bench {
  readonly broker: BenchBroker;
  readonly pool: TargetPool;
  readonly options: Pick<Options, "targets" | "rounds" | "warmUpMs" | "measureMs" | "most">;
  /** Tells of every sample as it comes. */
  readonly tell: (text: string) => void;
}

/** Runs one row: its targets in turn, round after round, in one run. */
export async function runRow(row: Row, bench: Bench): Promise<RowResult> {
  const { pool, options, tell } = bench;
  const samples = new Map<TargetName, Sample[]>();
  const failures = new Map<TargetName, unknown>();
  const wanted = row.targets.filter((target) => options.targets.test(target));
  let load = new LoadProcess();
  try {
    for (let round = 1; round <= options.rounds; round++) {
      for (const name of wanted.filter((target) => !failures.has(target))) {
        try {
          if (row.fresh) await pool.stop(name);
          const target = await pool.get(name);
          if (!target) continue;
          const sample = await measure(row, target, load, bench);
          samples.set(name, [...(samples.get(name) ?? []), sample]);
          tell(`${row.name} ${round}/${options.rounds} ${name} ${inWords(row, sample)}`);
        } catch (failure) {
          tell(`${row.name} ${round}/${options.rounds} ${name} failed`);
          failures.set(name, failure);
          samples.delete(name);
          await pool.stop(name);
          load.stop();
          load = new LoadProcess();
        }
      }
    }
    return { row, samples, failures };
  } finally {
    load.stop();
  }
}

function measure(
  row: Row,
  target: RunningTarget,
  load: LoadProcess,
  { broker, options }: Bench,
): Promise<Sample> {
  const exchange = `bench.${row.name}.${target.name}`;
  return row.measure({ ...options, target, load, broker, exchange });
}

function inWords({ metrics }: Row, sample: Sample): string {
  return metrics
    .map(({ key, title }) => `${title}: ${Number(sample[key]).toPrecision(4)}`)
    .join(", ");
}
