import type { Metric } from "../rows/row.ts";
import type { RowResult } from "../run/run-row.ts";
import { TARGETS } from "../run/target-list.ts";
import { timesAsGood, valuesOf } from "./ratio.ts";
import { reached, type Reached } from "./reached.ts";
import { inWords, spreadOf } from "./spread.ts";

/** Everything as Markdown: the goals, then a table a row, then the tables of growth. */
export function markdown(results: readonly RowResult[]): string {
  const [growing, others] = [
    results.filter(({ row }) => row.growth),
    results.filter(({ row }) => !row.growth),
  ];
  return [
    goalTable(results),
    ...others.map((result) => `#### ${result.row.title}\n\n${rowTable(result)}`),
    ...growthTables(growing),
  ]
    .filter((text) => text !== "")
    .join("\n\n");
}

function goalTable(results: readonly RowResult[]): string {
  const lines = results.flatMap((result) =>
    result.row.goals.flatMap((goal) => {
      const outcome = reached(result, goal);
      return outcome ? [goalLine(result, outcome)] : [];
    }),
  );
  const header = [
    "work",
    "measured",
    "of",
    "against",
    "reach",
    "ratio (min–max)",
    "reached",
    "shows",
  ];
  return lines.length > 0 ? table(header, lines) : "";
}

function goalLine({ row }: RowResult, { goal, measured, met, shows }: Reached): string[] {
  const { of, against, metric, atLeast, atMost } = goal;
  return [
    row.title,
    row.metrics.find(({ key }) => key === metric)?.title ?? metric,
    TARGETS[of].title,
    against ? TARGETS[against].title : "",
    atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast} × as good`,
    inWords(measured),
    met ? "yes" : "**no**",
    shows,
  ];
}

/** A line a target: each metric, and beside it how many times as good as the reference that is. */
function rowTable(result: RowResult): string {
  const { row, samples } = result;
  const compared = (metric: Metric) => metric.better !== undefined && samples.has(row.reference);
  const header = row.metrics.flatMap((metric) => [
    metric.title,
    ...(compared(metric) ? ["×"] : []),
  ]);
  const lines = [...samples.keys()].map((target) => [
    TARGETS[target].title,
    ...row.metrics.flatMap((metric) => {
      const values = spreadOf(valuesOf(result, target, metric.key));
      const times = timesAsGood(result, metric, target, row.reference);
      return [
        values ? inWords(values) : "",
        ...(compared(metric) ? [times ? inWords(times) : ""] : []),
      ];
    }),
  ]);
  return table(["", ...header], lines);
}

/** A line a point, with messages/s and CPU µs of each target. */
function growthTables(results: readonly RowResult[]): string[] {
  const names = new Set(results.map(({ row }) => row.growth?.table ?? ""));
  return [...names].map((name) => {
    const points = results.filter(({ row }) => row.growth?.table === name);
    const targets = points[0]?.row.targets ?? [];
    const header = ["", ...targets.map((target) => TARGETS[target].title)];
    const lines = points.map((point) => [
      point.row.growth?.point ?? "",
      ...targets.map((target) => {
        const median = (metric: string) => spreadOf(valuesOf(point, target, metric))?.median;
        const [perSecond, cpu] = [median("perSecond"), median("cpuMicroseconds")];
        if (perSecond === undefined || cpu === undefined) return "";
        return `${Number(perSecond.toPrecision(3)).toLocaleString("en")}/s, ${cpu.toPrecision(3)} µs`;
      }),
    ]);
    return `#### ${name}\n\nMedian messages/s received, and CPU time of one.\n\n${table(header, lines)}`;
  });
}

function table(header: readonly string[], lines: readonly (readonly string[])[]): string {
  return [line(header), line(header.map(() => "---")), ...lines.map(line)].join("\n");
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
