import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { fuzz } from "./run.ts";

const { values } = parseArgs({
  options: { seed: { type: "string" }, frames: { type: "string", default: "1000000" } },
});
const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
const frames = Number(values.frames);
if (!Number.isSafeInteger(seed) || !(frames > 0)) {
  process.stderr.write("Usage: npm run fuzz -- [--seed N] [--frames N]\n");
  process.exit(2);
}

const print = (line: string) => void process.stdout.write(`${line}\n`);
print(`seed ${seed}, ${frames} frames`);
const problems = await fuzz({ seed, frames, print });
for (const problem of problems.slice(0, 20)) print(`PROBLEM ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;
