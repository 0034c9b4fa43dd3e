import { readFileSync, rmSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { memoryReportOf, type MemoryReport } from "../wire/memory-report.ts";

/** For the collector to give pages back after it was asked to collect. */
const SETTLE_MS = 400;

/** The memory of `pids` that is theirs alone, in KiB: Anonymous of /proc/PID/smaps_rollup. */
export function memoryKib(pids: readonly number[]): number {
  return pids
    .map((pid) => readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))
    .reduce((sum, text) => sum + Number(/^Anonymous:\s+(\d+) kB/m.exec(text)?.[1]), 0);
}

export interface Held {
  /** As {@link memoryKib}. */
  readonly heldKib: number;
  /** Of `collectable`, by their own count: the rest is room that allocators keep. */
  readonly reachableKib: number;
}

/** What is left after the garbage of `collectable` of `pids` is gone: those that collect it at SIGUSR2. */
export async function memoryAfterCollection(
  pids: readonly number[],
  collectable: readonly number[],
): Promise<Held> {
  for (let time = 0; time < 2; time++) {
    for (const pid of collectable) process.kill(pid, "SIGUSR2");
    await delay(SETTLE_MS);
  }
  const heldKib = memoryKib(pids);
  const reports = collectable.map(memoryReportOf);
  const reachableKib = reports
    .map((path) => JSON.parse(readFileSync(path, "utf8")) as MemoryReport)
    .reduce((sum, { heapBytes, bufferBytes }) => sum + (heapBytes + bufferBytes) / 1024, 0);
  for (const path of reports) rmSync(path);
  return { heldKib, reachableKib };
}
