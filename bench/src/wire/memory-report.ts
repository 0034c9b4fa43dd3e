import { fileURLToPath } from "node:url";

/** Where a target leaves its {@link MemoryReport} each time it has collected its garbage. */
export function memoryReportOf(pid: number): string {
  return fileURLToPath(new URL(`../memory-of-${pid}.json`, import.meta.url));
}

/** What a process holds by its own count: what its program can still reach. */
export interface MemoryReport {
  readonly heapBytes: number;
  readonly bufferBytes: number;
}
