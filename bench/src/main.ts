import { writeFileSync } from "node:fs";
import { printProfiles } from "./profile/print-profiles.ts";
import { keepResult, keptResults } from "./report/kept-results.ts";
import { thisMachine } from "./report/machine.ts";
import { markdown } from "./report/markdown.ts";
import { resultsJson, type Measured } from "./report/results-json.ts";
import { writeReadme } from "./report/write-readme.ts";
import type { Row } from "./rows/row.ts";
import { ROWS } from "./rows/rows.ts";
import { openBroker } from "./run/broker.ts";
import { assignCores } from "./run/cores.ts";
import { readOptions, USAGE, type Options } from "./run/options.ts";
import { prepare } from "./run/prepare.ts";
import { runRow } from "./run/run-row.ts";
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
  const results = await run(rows, options);
  process.stdout.write(`${markdown(results)}\n`);
  if (options.json !== undefined) writeFileSync(options.json, resultsJson(results));
  if (options.writeReadme) writeReadme(markdown(keptResults()));
  if (options.profile !== undefined) printProfiles(options.profile);
  return results.some(({ failures }) => failures.size > 0) ? 1 : 0;
}

async function run(rows: readonly Row[], options: Options): Promise<Measured[]> {
  const cores = assignCores(options.pin);
  const broker = await openBroker(options.broker);
  const machine = thisMachine(broker.version, cores.pinned);
  const results: Measured[] = [];
  const pool = new TargetPool(broker, cores, options.profile);
  try {
    for (const row of rows) {
      const start = performance.now();
      tell(`# ${row.title}`);
      const result = await runRow(row, { broker, pool, options, tell });
      const measured = { ...result, machine, date: new Date().toISOString() };
      results.push(measured);
      // As each is done: a run that is broken off has not been for nothing.
      if (options.writeReadme) keepResult(measured);
      // Processes of its own to every row, but where only counts matter.
      if (!options.short) await pool.stopAll();
      tell(`# ${row.name} took ${((performance.now() - start) / 1000).toFixed(0)} s`);
    }
  } finally {
    await pool.stopAll();
    await broker.dispose();
  }
  return results;
}

process.exitCode = await main(process.argv.slice(2));
