import { LAYERS } from "./faults.ts";
import { seeded } from "../harness/random.ts";

export interface Step {
  /** Names of faults that are there together, each of another layer. */
  readonly faults: readonly string[];
  /** How long they last. */
  readonly holdMs: number;
  /** False: the next step comes without waiting for everything to work again. */
  readonly waits: boolean;
}

/** The steps of a seed, without end; the same each time. */
export function* scheduleOf(seed: number): Generator<Step, never> {
  const random = seeded(seed);
  for (;;) {
    const first = random.pick(LAYERS);
    const others = LAYERS.filter((layer) => layer !== first);
    const layers = random.chance(0.3) ? [first, random.pick(others)] : [first];
    yield {
      faults: layers.map((layer) => random.pick(Object.keys(layer))),
      holdMs: random.between(200, 4_000),
      waits: random.chance(0.7),
    };
  }
}
