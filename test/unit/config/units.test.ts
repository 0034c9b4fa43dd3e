import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  readBytes,
  readMilliseconds,
  showBytes,
  showMilliseconds,
} from "../../../src/config/units.ts";

describe("sizes", () => {
  test.each([
    ["0", 0],
    ["1048576", 1_048_576],
    ["512B", 512],
    ["64KiB", 65_536],
    ["64 kib", 65_536],
    ["1.5MiB", 1_572_864],
    ["2GiB", 2_147_483_648],
  ])("%j is %d bytes", (text, bytes) => {
    expect(readBytes(text)).toBe(bytes);
  });

  test.each(["", "MiB", "4MB", "4kB", "-1", "1e3", "0x10", "1MiB2", "1,5MiB", "10s"])(
    "%j is no size",
    (text) => {
      expect(readBytes(text)).toBeUndefined();
    },
  );

  test("what is shown reads as the same size", () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(1, 1024, 1024 ** 2), (count, unit) => {
        expect(readBytes(showBytes(count * unit))).toBe(count * unit);
      }),
    );
  });
});

describe("times", () => {
  test.each([
    ["500", 500],
    ["500ms", 500],
    ["10s", 10_000],
    ["0.5s", 500],
    ["5m", 300_000],
    ["1h", 3_600_000],
  ])("%j is %d milliseconds", (text, milliseconds) => {
    expect(readMilliseconds(text)).toBe(milliseconds);
  });

  test("a bare number counts in the unit that is asked for", () => {
    expect(readMilliseconds("10", "s")).toBe(10_000);
  });

  test.each(["", "s", "soon", "10 seconds", "-5s", "1KiB"])("%j is no time", (text) => {
    expect(readMilliseconds(text)).toBeUndefined();
  });

  test.each([
    [0, "0"],
    [500, "500ms"],
    [1500, "1500ms"],
    [30_000, "30s"],
    [90_000, "90s"],
    [60_000, "1m"],
    [86_400_000, "24h"],
  ])("%d milliseconds are shown as %j", (milliseconds, shown) => {
    expect(showMilliseconds(milliseconds)).toBe(shown);
  });
});
