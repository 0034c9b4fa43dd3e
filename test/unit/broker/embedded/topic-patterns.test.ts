import * as fc from "fast-check";
import { expect, test } from "vitest";
import { TopicPatterns } from "../../../../src/broker/embedded/topic-patterns.ts";
import {
  routingKeys,
  topicPatterns,
} from "../../../conformance/broker-contract/topic-arbitraries.ts";
import { topicMatches } from "../../../conformance/broker-contract/topic-reference.ts";

const patternLists = fc.uniqueArray(topicPatterns, { maxLength: 20 });

function patternsOf(list: readonly string[]): TopicPatterns<string> {
  const patterns = new TopicPatterns<string>();
  for (const pattern of list) patterns.add(pattern, pattern);
  return patterns;
}

test("finds the patterns that match a key, each once", () => {
  fc.assert(
    fc.property(patternLists, routingKeys, (list, key) => {
      const found = [...patternsOf(list).match(key)];
      expect(found.toSorted()).toEqual(
        list.filter((pattern) => topicMatches(pattern, key)).toSorted(),
      );
    }),
    { numRuns: 1_000 },
  );
});

test("is, after removals, as though the removed had never been added", () => {
  fc.assert(
    fc.property(patternLists, fc.uniqueArray(topicPatterns, { maxLength: 10 }), (kept, removed) => {
      const patterns = patternsOf([...kept, ...removed]);
      for (const pattern of removed) patterns.remove(pattern, pattern);
      const left = patternsOf(kept.filter((pattern) => !removed.includes(pattern)));
      expect(patterns).toEqual(left);
    }),
    { numRuns: 500 },
  );
});

test("removing what was never added changes nothing", () => {
  const patterns = patternsOf(["a.*", "a.b.c"]);
  for (const pattern of ["a", "a.b", "b", "a.b.c.d", ""]) patterns.remove(pattern, pattern);
  expect([...patterns.match("a.b")]).toEqual(["a.*"]);
  expect([...patterns.match("a.b.c")]).toEqual(["a.b.c"]);
});

test("holds several values of one pattern, each removed by itself", () => {
  const patterns = new TopicPatterns<string>();
  patterns.add("a.#", "first");
  patterns.add("a.#", "second");
  patterns.remove("a.#", "first");
  expect([...patterns.match("a.b")]).toEqual(["second"]);
});

test("the longest key against a pattern of wildcards alone is found at once", () => {
  const wildcards = Array.from({ length: 64 }, (_, place) => (place % 2 === 0 ? "#" : "*")).join(
    ".",
  );
  const hostile = `${wildcards}.end`;
  const patterns = patternsOf([hostile]);
  expect([...patterns.match("a.".repeat(127))]).toEqual([]);
  expect([...patterns.match(`${"a.".repeat(125)}end`)]).toEqual([hostile]);
});
