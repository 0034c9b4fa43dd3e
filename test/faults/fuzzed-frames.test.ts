import { expect, test } from "vitest";
import { fuzz } from "../fuzz/run.ts";

const FRAMES = 2_000;

/** The first is any; every other has found something once. */
const SEEDS = [20_261_127];

test.for(SEEDS)("fault 41: frames that are nearly right, of seed %i", async (seed) => {
  const problems = await fuzz({ seed, frames: FRAMES, print: (line) => console.log(line) });
  expect(problems).toEqual([]);
});
