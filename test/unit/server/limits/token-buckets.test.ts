import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TokenBuckets } from "../../../../src/server/limits/token-buckets.ts";

describe("token buckets", () => {
  test("give a burst at once, then one after another, and say when", () => {
    const buckets = new TokenBuckets({ perSecond: 10, burst: 3 });
    expect([0, 0, 0, 0].map((at) => buckets.take("a", at))).toEqual([0, 0, 0, 100]);
    expect(buckets.take("a", 60)).toBe(40);
    expect(buckets.take("a", 100)).toBe(0);
    expect(buckets.take("a", 100)).toBe(100);
  });

  test("fill up to the burst, and no further", () => {
    const buckets = new TokenBuckets({ perSecond: 10, burst: 2 });
    buckets.take("a", 0);
    expect([0, 0, 0].map(() => buckets.take("a", 60_000))).toEqual([0, 0, 100]);
  });

  test("are one for each key", () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 1 });
    expect(["a", "b", "a"].map((key) => buckets.take(key, 0))).toEqual([0, 0, 1000]);
  });

  test("have no bottom without a rate", () => {
    const buckets = new TokenBuckets({ perSecond: 0, burst: 1 });
    expect(Array.from({ length: 100 }, () => buckets.take("a", 0))).toEqual(Array(100).fill(0));
  });

  test("never give more than the burst and the rate together, and give what they said after the wait", () => {
    const waits = fc.array(fc.integer({ min: 0, max: 2_000 }), { maxLength: 60 });
    const { counterexample } = fc.check(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 20 }),
        waits,
        (perSecond, burst, steps) => {
          const buckets = new TokenBuckets({ perSecond, burst });
          let nowMs = 0;
          let taken = 0;
          for (const step of steps) {
            nowMs += step;
            const wait = buckets.take("a", nowMs);
            nowMs += wait;
            if (wait > 0 && buckets.take("a", nowMs) > 0) return false;
            taken++;
          }
          return taken <= burst + (nowMs / 1000) * perSecond + 1e-6;
        },
      ),
      // Each makes room for all its keys at once.
      { numRuns: 30 },
    );
    expect(counterexample).toBeNull();
  });
});
