import { writeFileSync } from "node:fs";
import { machineInWords, thisMachine } from "./report/machine.ts";
import { markdown } from "./report/markdown.ts";
import { resultsJson } from "./report/results-json.ts";
import { writeReadme } from "./report/write-readme.ts";
import type { Row } from "./rows/row.ts";
import { ROWS } from "./rows/rows.ts";
import { openBroker } from "./run/broker.ts";
import { assignCores } from "./run/cores.ts";
import { readOptions, USAGE, type Options } from "./run/options.ts";
import { prepare } from "./run/prepare.ts";
import { runRow, type RowResult } from "./run/run-row.ts";
import { TargetPool } from "./run/target-pool.ts";

const tell = (text: string) => void process.stderr.write(`${text}\n`);

/** Resolves to the exit code: 1 where a row failed. */
async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    process.stdout.write(USAGE);
    return 0;
  }
  const options = readOptions(args);
  const rows = ROWS.filter(
    ({ name, short }) => options.rows.test(name) && (short || !options.short),
  );
  if (options.list) {
    process.stdout.write(`${rows.map(({ name }) => name).join("\n")}\n`);
    return 0;
  }
  prepare();
  return run(rows, options);
}

async function run(rows: readonly Row[], options: Options): Promise<number> {
  const cores = assignCores(options.pin);
  const broker = await openBroker(options.broker);
  const results: RowResult[] = [];
  const pool = new TargetPool(broker, cores);
  try {
    for (const row of rows) {
      tell(`# ${row.title}`);
      const result = await runRow(row, { broker, pool, options, tell });
      results.push(result);
      for (const [target, failure] of result.failures)
        tell(`${row.name} failed for ${target}: ${describe(failure)}`);
      // Processes of its own to every row, but where only counts matter.
      if (!options.short) await pool.stopAll();
    }
  } finally {
    await pool.stopAll();
    await broker.dispose();
  }
  const machine = thisMachine(broker.version, cores.pinned);
  const report = `${machineInWords(machine)}\n\n${markdown(results)}`;
  process.stdout.write(`${report}\n`);
  if (options.json !== undefined) writeFileSync(options.json, resultsJson(results, machine));
  if (options.writeReadme) writeReadme(report);
  return results.some(({ failures }) => failures.size > 0) ? 1 : 0;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined
    ? String(error.stack)
    : `${error.message}: ${describe(error.cause)}`;
}

process.exitCode = await main(process.argv.slice(2));
