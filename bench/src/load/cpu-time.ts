import { readdirSync, readFileSync } from "node:fs";

/**
 * The CPU time, in seconds, that the processes `pids` and their children have taken so far: of every
 * thread, in user and kernel mode. To the nanosecond where the kernel keeps schedstat, else to the tick
 * of /proc/PID/stat (10 ms).
 */
export function cpuSeconds(pids: readonly number[]): number {
  return pids
    .flatMap((pid) => [pid, ...descendants(pid)])
    .reduce((sum, pid) => sum + processSeconds(pid), 0);
}

function processSeconds(pid: number): number {
  try {
    return threads(pid)
      .map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8"))
      .reduce((sum, text) => sum + Number(text.split(" ", 1)[0]) / 1e9, 0);
  } catch {
    return ticks(pid) / 100;
  }
}

/** utime and stime (proc(5), /proc/PID/stat, fields 14 and 15). */
function ticks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

function descendants(pid: number): number[] {
  return threads(pid)
    .flatMap((thread) => childrenOf(pid, thread))
    .flatMap((child) => [child, ...descendants(child)]);
}

function childrenOf(pid: number, thread: string): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8");
    return text.split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function threads(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`);
}
