import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** For the collector to give pages back after it was asked to collect. */
const SETTLE_MS = 400;

/** The memory of `pids` that is theirs alone, in KiB: Anonymous of /proc/PID/smaps_rollup. */
export function memoryKib(pids: readonly number[]): number {
  return pids
    .map((pid) => readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))
    .reduce((sum, text) => sum + Number(/^Anonymous:\s+(\d+) kB/m.exec(text)?.[1]), 0);
}

/** The same after the garbage of `collectable` of them is gone: those that collect it at SIGUSR2. */
export async function memoryAfterCollection(
  pids: readonly number[],
  collectable: readonly number[],
): Promise<number> {
  for (let time = 0; time < 2; time++) {
    for (const pid of collectable) process.kill(pid, "SIGUSR2");
    await delay(SETTLE_MS);
  }
  return memoryKib(pids);
}
