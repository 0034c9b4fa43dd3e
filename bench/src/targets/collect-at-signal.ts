import { writeFileSync } from "node:fs";
import { memoryReportOf, type MemoryReport } from "../wire/memory-report.ts";

/**
 * Preloaded into a process, with --expose-gc: SIGUSR2 collects its garbage, so that its memory can be compared, and has
 * it say what is left.
 */
const path = memoryReportOf(process.pid);

process.on("SIGUSR2", () => {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  const report: MemoryReport = { heapBytes: heapUsed, bufferBytes: arrayBuffers };
  writeFileSync(path, JSON.stringify(report));
});
