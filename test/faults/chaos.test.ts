import { expect, test } from "vitest";
import { runChaos } from "../chaos/run.ts";

/** Its first steps have a deleted exchange, resets, a removed binding, an alarm, a management API in a blackhole, and a killed broker. */
const SEED = 147_308;

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
