import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TopicSet } from "../../../src/access/topic-set.ts";
import { topicMatches } from "../../conformance/broker-contract/topic-reference.ts";
import { routingKeys, topicPatterns } from "../../conformance/broker-contract/topic-arbitraries.ts";

const WORDS = ["a", "b", "*", "#"];
const patterns = (maxLength: number) =>
  fc.array(fc.constantFrom(...WORDS), { maxLength }).map((words) => words.join("."));

/** Every key of up to `length` words, of those in the patterns and one that is not. */
function keysUpTo(length: number): string[] {
  const keys = [""];
  let longest = [[] as string[]];
  for (let words = 1; words <= length; words++) {
    longest = longest.flatMap((key) => ["a", "b", "z"].map((word) => [...key, word]));
    keys.push(...longest.map((key) => key.join(".")));
  }
  return keys;
}

const KEYS = keysUpTo(6);
const KEYS_OF = new Map<string, ReadonlySet<string>>();

/** Every key that a pattern matches. */
function keysOf(pattern: string): ReadonlySet<string> {
  const known = KEYS_OF.get(pattern) ?? new Set(KEYS.filter((key) => topicMatches(pattern, key)));
  KEYS_OF.set(pattern, known);
  return known;
}

/** By looking at every key. */
function containsEveryKey(allowed: readonly string[], requested: string): boolean {
  return [...keysOf(requested)].every((key) => allowed.some((pattern) => keysOf(pattern).has(key)));
}

describe("containment, against every key there is", () => {
  test("of a pattern in a pattern", () => {
    fc.assert(
      fc.property(patterns(4), patterns(3), (allowed, requested) => {
        expect(new TopicSet([allowed]).contains(requested)).toBe(
          containsEveryKey([allowed], requested),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  test("of a pattern in several together", () => {
    fc.assert(
      fc.property(fc.array(patterns(3), { maxLength: 4 }), patterns(3), (allowed, requested) => {
        expect(new TopicSet(allowed).contains(requested)).toBe(
          containsEveryKey(allowed, requested),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  test("is often so and often not in what is looked at", () => {
    const seen = { contained: 0, not: 0 };
    for (const [allowed, requested] of fc.sample(
      fc.tuple(fc.array(patterns(3), { maxLength: 4 }), patterns(3)),
      { numRuns: 500, seed: 1 },
    ))
      seen[new TopicSet(allowed).contains(requested) ? "contained" : "not"]++;
    expect(seen.contained).toBeGreaterThan(50);
    expect(seen.not).toBeGreaterThan(50);
  });
});

test("matches a key as a broker does", () => {
  fc.assert(
    fc.property(fc.array(topicPatterns, { maxLength: 4 }), routingKeys, (allowed, key) => {
      expect(new TopicSet(allowed).matches(key)).toBe(
        allowed.some((pattern) => topicMatches(pattern, key)),
      );
    }),
    { numRuns: 2_000 },
  );
});

test("a key is a pattern that contains itself, and is contained where it is matched", () => {
  const plainKeys = routingKeys.filter((key) => !/[*#]/.test(key));
  fc.assert(
    fc.property(fc.array(topicPatterns, { maxLength: 4 }), plainKeys, (allowed, key) => {
      expect(new TopicSet([key]).contains(key)).toBe(true);
      expect(new TopicSet(allowed).contains(key)).toBe(new TopicSet(allowed).matches(key));
    }),
    { numRuns: 1_000 },
  );
});

test.each([
  { allowed: ["orders.#"], requested: "orders.*.created", contained: true },
  { allowed: ["orders.*"], requested: "orders.#", contained: false },
  { allowed: ["orders.*"], requested: "order.*", contained: false },
  { allowed: ["#.*"], requested: "*.#", contained: true },
  { allowed: ["*.#.*"], requested: "#.*.*.#", contained: true },
  { allowed: ["", "*", "*.*.#"], requested: "#", contained: true },
  { allowed: ["", "*", "*.*.*.#"], requested: "#", contained: false },
  { allowed: ["a.#", "#.a"], requested: "a.*", contained: true },
  { allowed: ["*.b", "a.b.#"], requested: "a.b", contained: true },
  { allowed: [], requested: "", contained: false },
  { allowed: ["#"], requested: "*", contained: true },
  // Nobody reaches words of the broker's or of other callers by writing a wildcard as a part of a word.
  { allowed: ["a*"], requested: "ab", contained: false },
])("$allowed contains $requested: $contained", ({ allowed, requested, contained }) => {
  expect(new TopicSet(allowed).contains(requested)).toBe(contained);
});

describe("what was made to take long", () => {
  const hostile = [
    repeated("#", 127),
    repeated("*", 127),
    repeated("a", 127),
    repeated("#.*", 63),
    repeated("#.a", 60),
    `#.a.${repeated("*", 100)}`,
    `${repeated("#.a", 60)}.#`,
  ];
  const gaps = Array.from({ length: 20 }, (_, stars) => `#.a.${"*.".repeat(stars)}b.#.a`);

  test.each(
    hostile.flatMap((allowed) => [...hostile, ...gaps].map((requested) => [allowed, requested])),
  )("%s and %s are decided in a moment", (allowed, requested) => {
    const set = new TopicSet([allowed, ...gaps]);
    const startedAt = performance.now();
    set.contains(requested);
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  test.each(hostile)("%s contains itself", (pattern) => {
    expect(new TopicSet([pattern, ...gaps]).contains(pattern)).toBe(true);
  });
});

function repeated(words: string, times: number): string {
  return Array.from({ length: times }, () => words).join(".");
}
