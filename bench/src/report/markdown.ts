import type { Goal, Metric } from "../rows/row.ts";
import { TARGETS } from "../run/target-list.ts";
import type { TargetName } from "../run/target.ts";
import { machineInWords } from "./machine.ts";
import { timesAsGood, valuesOf } from "./ratio.ts";
import { reached } from "./reached.ts";
import type { Measured } from "./results-json.ts";
import { inWords, spreadOf } from "./spread.ts";

/** Everything as Markdown: on what, the goals, then a table a row, then the tables of growth. */
export function markdown(results: readonly Measured[]): string {
  return [
    ...new Set(results.map(({ machine }) => machineInWords(machine))),
    goalTable(results),
    ...results.filter(({ row }) => !row.brief).map(rowSection),
    ...growthTables(results),
  ]
    .filter((text) => text !== "")
    .join("\n\n");
}

function goalTable(results: readonly Measured[]): string {
  const lines = results.flatMap((result) =>
    result.row.goals.flatMap((goal) => {
      const outcome = outcomeOf(result, goal);
      return outcome ? [[...goalInWords(result, goal), ...outcome]] : [];
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

function goalInWords({ row }: Measured, goal: Goal): string[] {
  const { of, against, metric, atLeast, atMost } = goal;
  return [
    row.title,
    row.metrics.find(({ key }) => key === metric)?.title ?? metric,
    TARGETS[of].title,
    against ? TARGETS[against].title : "",
    atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast} × as good`,
  ];
}

/** Undefined where this run had not what the goal is about. */
function outcomeOf(result: Measured, goal: Goal): string[] | undefined {
  const outcome = reached(result, goal);
  if (outcome) return [inWords(outcome.measured), outcome.met ? "yes" : "**no**", outcome.shows];
  const failed = [goal.of, goal.against].some((name) => name && result.failures.has(name));
  return failed ? ["", "**no**", "a target failed"] : undefined;
}

function rowSection(result: Measured): string {
  const { row, rounds, seconds, date } = result;
  const context = row.context?.some((target) => (result.samples.get(target)?.length ?? 0) < rounds)
    ? "; fewer of those that are there for context"
    : "";
  const how = `${rounds} rounds of ${seconds} s${context}; ${date.slice(0, 10)}`;
  return `#### ${row.title}\n\n${how}. \`--rows '^${row.name}$'\`\n\n${rowTable(result)}`;
}

/** A line a target: each metric, and beside it how many times as good as the reference that is. */
function rowTable(result: Measured): string {
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
  const failed = [...result.failures].map(
    ([target, why]) => `${TARGETS[target].title} failed: ${why}`,
  );
  return [table(["", ...header], lines), ...failed].join("\n\n");
}

const GROWING: readonly TargetName[] = ["bare", "rabbitql", "graphql-ws", "mercurius"];

/** A line a point, with messages/s and CPU µs of each target. */
function growthTables(results: readonly Measured[]): string[] {
  const names = new Set(results.flatMap(({ row }) => row.growth ?? []).map((point) => point.table));
  return [...names].map((name) => {
    const points = results
      .flatMap((result) =>
        (result.row.growth ?? []).flatMap(({ table: of, point }) =>
          of === name ? [{ ...result, point }] : [],
        ),
      )
      .toSorted((a, b) => numberOf(a.point) - numberOf(b.point));
    const header = ["", ...GROWING.map((target) => TARGETS[target].title), "rounds"];
    const lines = points.map((point) => [
      point.point,
      ...GROWING.map((target) => {
        const median = (metric: string) => spreadOf(valuesOf(point, target, metric))?.median;
        const [perSecond, cpu] = [median("perSecond"), median("cpuMicroseconds")];
        if (perSecond === undefined || cpu === undefined) return "";
        return `${Number(perSecond.toPrecision(3)).toLocaleString("en")}/s, ${cpu.toPrecision(3)} µs`;
      }),
      `${point.rounds} of ${point.seconds} s`,
    ]);
    return `#### ${name}\n\nMedian messages/s received, and CPU time of one.\n\n${table(header, lines)}`;
  });
}

function numberOf(point: string): number {
  return Number(point.replaceAll(",", ""));
}

function table(header: readonly string[], lines: readonly (readonly string[])[]): string {
  return [line(header), line(header.map(() => "---")), ...lines.map(line)].join("\n");
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
