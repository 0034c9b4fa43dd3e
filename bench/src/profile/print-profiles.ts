import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { readProfile, selfTimes, type ProfileNode } from "./cpu-profile.ts";
import { IDLE, moduleGroup } from "./module-group.ts";

const FUNCTIONS = 20;

/** Prints where the time of each profile went that `path` is, or that is somewhere in it. */
export function printProfiles(path: string): void {
  for (const file of profilesIn(path)) process.stdout.write(`${file}\n${summary(file)}\n`);
}

function profilesIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".cpuprofile"))
    .toSorted()
    .map((name) => join(path, name));
}

/** Self time by whose code it is, then of the functions that have most of it, in parts of what was not idle. */
function summary(file: string): string {
  const times = selfTimes(readProfile(file));
  const state = summed(times, (node) => (groupOfBusy(node) === undefined ? IDLE : "busy"));
  const total = state.get("busy") ?? 0;
  const lines = (byName: Map<string, number>, most = Infinity) =>
    [...byName]
      .toSorted(([, a], [, b]) => b - a)
      .slice(0, most)
      .map(([name, time]) => `${((time / total) * 100).toFixed(1).padStart(7)} %  ${name}`);
  return [
    `busy ${seconds(total)}, idle ${seconds(state.get(IDLE) ?? 0)}`,
    ...lines(summed(times, groupOfBusy)),
    "",
    ...lines(summed(times, functionOfBusy), FUNCTIONS),
    "",
  ].join("\n");
}

function summed(
  times: ReadonlyMap<ProfileNode, number>,
  nameOf: (node: ProfileNode) => string | undefined,
): Map<string, number> {
  const byName = new Map<string, number>();
  for (const [node, time] of times) {
    const name = nameOf(node);
    if (name !== undefined) byName.set(name, (byName.get(name) ?? 0) + time);
  }
  return byName;
}

function groupOfBusy(node: ProfileNode): string | undefined {
  const group = moduleGroup(node);
  return group === IDLE ? undefined : group;
}

function functionOfBusy(node: ProfileNode): string | undefined {
  const group = groupOfBusy(node);
  const { functionName } = node.callFrame;
  return group && `${functionName === "" ? "(anonymous)" : functionName} (${group})`;
}

function seconds(microseconds: number): string {
  return `${(microseconds / 1e6).toFixed(1)} s`;
}
