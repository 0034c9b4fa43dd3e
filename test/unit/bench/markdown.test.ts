import { expect, test } from "vitest";
import { markdown } from "../../../bench/src/report/markdown.ts";
import { readResult, resultJson, type Measured } from "../../../bench/src/report/results-json.ts";
import type { Row } from "../../../bench/src/rows/row.ts";

const row: Row = {
  name: "row",
  title: "A row",
  targets: ["bare", "rabbitql", "mercurius", "yoga"],
  context: ["yoga"],
  reference: "bare",
  metrics: [
    { key: "perSecond", title: "messages/s", better: "more" },
    { key: "cpuMicroseconds", title: "CPU µs", better: "less" },
  ],
  goals: [
    { of: "rabbitql", against: "bare", metric: "cpuMicroseconds", atLeast: 0.9 },
    { of: "rabbitql", against: "mercurius", metric: "cpuMicroseconds", atLeast: 2 },
  ],
  growth: [{ table: "By size", point: "1,000" }],
  measure: async () => ({}),
};
const rounds = (...values: number[]) =>
  values.map((cpuMicroseconds) => ({ cpuMicroseconds, perSecond: 100 }));
const measured: Measured = {
  row,
  samples: new Map([
    ["bare", rounds(4, 4, 4)],
    ["rabbitql", rounds(5, 4, 2)],
    ["yoga", rounds(40)],
  ]),
  failures: new Map([["mercurius", "3 messages are missing"]]),
  rounds: 3,
  seconds: 5,
  date: "2026-01-02T03:04:05.678Z",
  machine: {
    cpu: "A processor",
    cores: 2,
    memoryGib: 8,
    system: "Linux 6",
    node: "v20.19.0",
    rabbitMq: "4.1.0",
    pinned: true,
  },
};

test("what was kept of a row is what it gave", () => {
  expect(readResult(row, resultJson(measured))).toMatchObject(measured);
});

test("the report has goals with their verdict, and says which target failed and why", () => {
  const report = markdown([measured]);
  expect(report).toContain(
    "| A row | CPU µs | rabbitql | limit: bare program | ≥ 0.9 × as good | 1 (0.8–2) | yes |",
  );
  expect(report).toContain("| ≥ 2 × as good |  | **no** | a target failed |");
  expect(report).toContain("mercurius, shared queue failed: 3 messages are missing");
  expect(report).toContain(
    "3 rounds of 5 s; fewer of those that are there for context; 2026-01-02. `--rows '^row$'`",
  );
});

test("a table of growth has its points by size, from whichever rows", () => {
  const smaller: Row = { ...row, brief: true, growth: [{ table: "By size", point: "64" }] };
  const report = markdown([measured, { ...measured, row: smaller, rounds: 1, seconds: 2 }]);
  const [, table = ""] = report.split("#### By size");
  expect(table.match(/^\| [\d,]+ .*$/gm)).toEqual([
    "| 64 | 100/s, 4.00 µs | 100/s, 4.00 µs |  |  | 1 of 2 s |",
    "| 1,000 | 100/s, 4.00 µs | 100/s, 4.00 µs |  |  | 3 of 5 s |",
  ]);
  expect(report.match(/^#### A row$/gm)).toHaveLength(1);
});
