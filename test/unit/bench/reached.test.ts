import { describe, expect, test } from "vitest";
import { reached } from "../../../bench/src/report/reached.ts";
import { inWords, spreadOf } from "../../../bench/src/report/spread.ts";
import type { Goal, Row } from "../../../bench/src/rows/row.ts";
import type { RowResult } from "../../../bench/src/run/run-row.ts";

const row: Row = {
  name: "row",
  title: "A row",
  targets: ["bare", "rabbitql"],
  reference: "bare",
  metrics: [
    { key: "perSecond", title: "messages/s", better: "more" },
    { key: "cpuMicroseconds", title: "CPU µs", better: "less" },
  ],
  goals: [],
  measure: async () => ({}),
};
const result: RowResult = {
  row,
  failures: new Map(),
  rounds: 3,
  seconds: 5,
  samples: new Map([
    ["bare", [4, 5, 8].map((cpuMicroseconds) => ({ cpuMicroseconds, perSecond: 100, busy: 1 }))],
    ["rabbitql", [5, 5, 5].map((cpuMicroseconds) => ({ cpuMicroseconds, perSecond: 80, busy: 1 }))],
  ]),
};
const of = "rabbitql";
const against = "bare";

describe("a goal", () => {
  test("is compared round by round: less CPU time is as many times as good", () => {
    const goal: Goal = { of, against, metric: "cpuMicroseconds", atLeast: 0.9 };
    expect(reached(result, goal)).toMatchObject({
      measured: { median: 1, min: 0.8, max: 1.6 },
      met: true,
      shows: "CPU and throughput",
    });
  });

  test("of more a second is missed where there is less", () => {
    const goal: Goal = { of, against, metric: "perSecond", atLeast: 0.9 };
    expect(reached(result, goal)).toMatchObject({ measured: { median: 0.8 }, met: false });
  });

  test("of at most so many times as much is about the cost itself", () => {
    const goal: Goal = { of, against, metric: "cpuMicroseconds", atMost: 1.25 };
    expect(reached(result, goal)).toMatchObject({ measured: { median: 1, max: 1.25 }, met: true });
  });

  test("against nobody is about the value", () => {
    const goal: Goal = { of, metric: "cpuMicroseconds", atMost: 4 };
    expect(reached(result, goal)).toMatchObject({ measured: { median: 5 }, met: false });
  });

  test("says that throughput is another's where a core was not full", () => {
    const samples = new Map(result.samples);
    samples.set("bare", [{ cpuMicroseconds: 4, perSecond: 100, busy: 0.5 }]);
    const goal: Goal = { of, against, metric: "cpuMicroseconds", atLeast: 0.9 };
    expect(reached({ ...result, samples }, goal)?.shows).toMatch(/^CPU: /);
  });

  test("about a target that was not there is left out", () => {
    expect(reached(result, { of: "mercurius", against, metric: "perSecond" })).toBeUndefined();
  });
});

describe("a spread", () => {
  test.each([
    [[3, 1, 2], "2 (1–3)"],
    [[4, 1, 2, 3], "2.5 (1–4)"],
    [[7], "7"],
    [[999.7], "1,000"],
    [[123_456, 234_567, 345_678], "235,000 (123,000–346,000)"],
    [[0.12345, Number.NaN], "0.123"],
  ])("of %j reads %s", (values, words) => {
    const spread = spreadOf(values);
    expect(spread && inWords(spread)).toBe(words);
  });

  test("of nothing is none", () => {
    expect(spreadOf([])).toBeUndefined();
  });
});
