/** So many patterns match each message. */
export const MATCHING = 10;

const WORDS = Array.from({ length: MATCHING }, (_, place) => `w${place}`);

/** `count` topic patterns, each another, of which {@link MATCHING} match each of the keys. */
export function patternSet(count: number): {
  readonly patterns: string[];
  readonly keys: string[];
} {
  const groups = Math.ceil(count / MATCHING);
  const keys = Array.from({ length: groups }, (_, group) => [`g${group}`, ...WORDS].join("."));
  const patterns = keys.flatMap((_, group) =>
    WORDS.map((_word, star) => [`g${group}`, ...WORDS.with(star, "*")].join(".")),
  );
  return { patterns, keys };
}
