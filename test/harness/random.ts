/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number;
  pick<T>(items: readonly T[]): T;
  /** True so often, of 1. */
  chance(probability: number): boolean;
}

/** The generator Mulberry32. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;

  /** From 0 to 1, without 1. */
  function next(): number {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  return {
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    pick<T>(items: readonly T[]): T {
      const picked = items[Math.floor(next() * items.length)];
      if (picked === undefined) throw new Error("There is nothing to pick from");
      return picked;
    },
    chance: (probability) => next() < probability,
  };
}
