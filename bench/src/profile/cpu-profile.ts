import { readFileSync } from "node:fs";

/** What V8 writes of a process (Chrome DevTools Protocol, Profiler.Profile), as far as it is read here. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** Ids of nodes. */
  readonly samples: readonly number[];
  /** µs since the sample before, one for each of `samples`. */
  readonly timeDeltas: readonly number[];
}

export interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
}

export function readProfile(file: string): CpuProfile {
  return JSON.parse(readFileSync(file, "utf8")) as CpuProfile;
}

/** The time in µs that each node was at the top of the stack. */
export function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): Map<ProfileNode, number> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const times = new Map<ProfileNode, number>();
  for (const [place, id] of samples.entries()) {
    const node = byId.get(id);
    if (node) times.set(node, (times.get(node) ?? 0) + (timeDeltas[place] ?? 0));
  }
  return times;
}
