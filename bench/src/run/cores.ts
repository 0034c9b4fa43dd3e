import { execFileSync, spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";

/** Who runs on which cores: the target on one of its own, the broker and the load on another. */
export interface Cores {
  readonly pinned: boolean;
  /** What a target's command line begins with. */
  readonly targetPrefix: readonly string[];
  /** The same for a target that may use every core. */
  readonly everywherePrefix: readonly string[];
}

const TARGET_CORE = "0";
const LOAD_CORE = "1";

/**
 * Moves this process, and with it everything that it starts, to one core, and leaves another to the target. Where
 * that cannot be done, or is not wanted, all run where the system puts them.
 */
export function assignCores(wanted: boolean): Cores {
  // Asked before this process has but one of them.
  const cores = availableParallelism();
  if (!wanted || cores < 2 || spawnSync("taskset", ["--version"]).status !== 0)
    return { pinned: false, targetPrefix: [], everywherePrefix: [] };
  execFileSync("taskset", ["-a", "-c", "-p", LOAD_CORE, String(process.pid)]);
  return {
    pinned: true,
    targetPrefix: ["taskset", "-c", TARGET_CORE],
    everywherePrefix: ["taskset", "-c", `0-${cores - 1}`],
  };
}
