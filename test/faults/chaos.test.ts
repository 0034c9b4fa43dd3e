import { expect, test } from "vitest";
import { runChaos } from "../chaos/run.ts";

/** Its first steps have a killed broker, an alarm, a blackhole, resets, a removed binding and a deleted exchange. */
const SEED = 88_243;

test(
  "chaos: faults of a seed against mixed load, and nothing is lost in silence",
  { timeout: 180_000 },
  async () => {
    const problems = await runChaos({
      seed: SEED,
      ms: 15_000,
      print: (line) => void process.stdout.write(`${line}\n`),
    });
    expect(problems).toEqual([]);
  },
);
