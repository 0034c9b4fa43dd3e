import { describe, expect, test } from "vitest";
import { BoundedCounts } from "../../../src/access/bounded-counts.ts";

describe("bounded counts", () => {
  test("take so many for each key, and one more for each that is gone", () => {
    const counts = new BoundedCounts(2);
    const first = counts.add("a");
    expect(counts.add("a")).toBeDefined();
    expect(counts.add("a")).toBeUndefined();
    expect(counts.add("b")).toBeDefined();
    first?.();
    first?.();
    expect(counts.add("a")).toBeDefined();
    expect(counts.add("a")).toBeUndefined();
  });

  test("take any number without a bound", () => {
    const counts = new BoundedCounts(0);
    expect(Array.from({ length: 10 }, () => counts.add("a")).every(Boolean)).toBe(true);
  });
});
