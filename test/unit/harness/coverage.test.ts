import { expect, test } from "vitest";
import type { Outcome } from "../../harness/books.ts";
import { Coverage } from "../../harness/load/coverage.ts";
import type { Published } from "../../harness/load/publisher.ts";

/** Messages of one publisher, one every 10 ms from 1,000 on, each confirmed within 5 ms. */
function published(...outcomes: (Outcome | "retried")[]): ReadonlyMap<string, Published[]> {
  const messages = outcomes.map((outcome, place) => ({
    publisher: "p",
    number: place + 1,
    id: `p:${place + 1}`,
    sentAt: 1_000 + 10 * place,
    endedAt: 1_005 + 10 * place,
    outcome: outcome === "retried" ? "acknowledged" : outcome,
    attempts: outcome === "retried" ? 2 : 1,
  }));
  return new Map([["p", messages]]);
}

const FOUR = published("acknowledged", "acknowledged", "acknowledged", "acknowledged");
const GAP = { cause: "RECONNECTED", from: 1_012, until: 1_022 };

/** `0` stands for the marker. */
function coverageOf(told: readonly number[], marker = GAP): Coverage {
  const coverage = new Coverage();
  for (const number of told) {
    if (number === 0) coverage.marker(marker);
    else coverage.message("p", number);
  }
  return coverage;
}

test.for<[string, readonly number[], ReadonlyMap<string, readonly Published[]>]>([
  ["everything in order", [1, 2, 3, 4], FOUR],
  ["two missing at a gap that contains them", [1, 0, 4], FOUR],
  ["a gap and nothing missing", [1, 2, 0, 3, 4], FOUR],
  [
    "one missing that was never confirmed",
    [1, 3],
    published("acknowledged", "unknown", "acknowledged"),
  ],
  [
    "one late that was never confirmed",
    [1, 3, 2],
    published("acknowledged", "unknown", "acknowledged"),
  ],
  [
    "one twice that was retried",
    [1, 2, 2, 3],
    published("acknowledged", "retried", "acknowledged"),
  ],
])("is fine: %s", ([, told, messages]) => {
  expect(coverageOf(told).violations(messages, 0)).toEqual([]);
});

test.for<[string, readonly number[], RegExp]>([
  ["one missing and no gap", [1, 3], /^p:2, .* is missing, and the markers there are \[\]$/],
  ["a gap in another place", [1, 3, 0, 4], /^p:2, .* is missing, .* \[\]$/],
  ["one out of its order", [1, 3, 2, 4], /^p:2 came late, or again$/],
  ["one twice", [1, 2, 2, 3], /^p:2 came late, or again$/],
])("is not: %s", ([, told, violation]) => {
  expect(coverageOf(told).violations(FOUR, 0)).toEqual([expect.stringMatching(violation)]);
});

test("a gap whose bounds do not contain what is missing does not excuse it, within the slack", () => {
  const later = coverageOf([1, 0, 4], { ...GAP, from: 1_020 });
  expect(later.violations(FOUR, 0)).toEqual([expect.stringMatching(/^p:2, .*RECONNECTED /)]);
  expect(later.violations(FOUR, 10)).toEqual([]);
  const earlier = coverageOf([1, 0, 4], { ...GAP, until: 1_015 });
  expect(earlier.violations(FOUR, 10)).toEqual([expect.stringMatching(/^p:3, /)]);
});

test("what has come is counted", () => {
  const coverage = coverageOf([1, 0, 4]);
  expect([coverage.received, coverage.latest("p"), coverage.latest("other")]).toEqual([2, 4, 0]);
});
