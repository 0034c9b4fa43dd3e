import * as fc from "fast-check";

/** Few words, so that patterns and keys often meet; the empty word, and wildcards as words of a key. */
const WORDS = ["", "a", "b", "ab", "ż"];

export const topicPatterns = dotted(["*", "*", "#", "#", ...WORDS]);
export const routingKeys = dotted(["*", "#", ...WORDS]);

function dotted(words: readonly string[]): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...words), { maxLength: 6 }).map((chosen) => chosen.join("."));
}
