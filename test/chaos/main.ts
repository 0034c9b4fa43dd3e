import { randomInt } from "node:crypto";
import { createWriteStream } from "node:fs";
import { parseArgs } from "node:util";
import { runChaos } from "./run.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    minutes: { type: "string", default: "3" },
    log: { type: "string" },
  },
});
const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
const minutes = Number(values.minutes);
if (!Number.isSafeInteger(seed) || !(minutes > 0)) {
  process.stderr.write("Usage: npm run chaos -- [--seed N] [--minutes M] [--log FILE]\n");
  process.exit(2);
}

const print = (line: string) => void process.stdout.write(`${line}\n`);
print(`seed ${seed}, ${minutes} minutes`);
const log = values.log === undefined ? undefined : createWriteStream(values.log);
const problems = await runChaos({
  seed,
  ms: minutes * 60_000,
  print,
  onLog: (text) => void log?.write(text),
});
log?.end();
for (const problem of problems.slice(0, 50)) print(`PROBLEM ${problem}`);
print(problems.length === 0 ? "nothing was lost in silence" : `${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
