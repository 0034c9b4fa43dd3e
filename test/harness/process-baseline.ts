import type { ProcessReading } from "./gateway-process.ts";

const MIB = 1_048_576;

/** What may be more than before although nothing leaks: pages and caches that a process keeps, in bytes. */
export interface Allowance {
  readonly memoryBytes?: number;
  readonly rssBytes?: number;
}

/** Throws where the process holds more than it did: sockets, timers, listeners, files exactly, memory within an allowance. */
export function expectBackAt(
  before: ProcessReading,
  now: ProcessReading,
  { memoryBytes = 8 * MIB, rssBytes = 64 * MIB }: Allowance = {},
): void {
  const kinds = new Set([...Object.keys(before.resources), ...Object.keys(now.resources)]);
  const more = [
    ...[...kinds].map((kind) =>
      grown(kind, before.resources[kind] ?? 0, now.resources[kind] ?? 0, 0),
    ),
    grown("descriptors", before.descriptors, now.descriptors, 0),
    grown("listeners", before.listeners, now.listeners, 0),
    grown("bytes of heap and buffers", memoryOf(before), memoryOf(now), memoryBytes),
    grown("bytes resident", before.rssBytes, now.rssBytes, rssBytes),
  ].filter((line) => line !== undefined);
  if (more.length > 0) throw new Error(`The process holds more than before: ${more.join("; ")}`);
}

/** One line for people. */
export function readingInWords(reading: ProcessReading): string {
  const { descriptors, listeners, rssBytes, resources } = reading;
  const kinds = Object.entries(resources).map(([kind, count]) => `${count} ${kind}`);
  const memory = `${mib(memoryOf(reading))} MiB of heap and buffers, ${mib(rssBytes)} MiB resident`;
  return `${memory}, ${descriptors} descriptors, ${listeners} listeners, ${kinds.join(", ")}`;
}

function memoryOf({ heapBytes, externalBytes }: ProcessReading): number {
  return heapBytes + externalBytes;
}

function grown(what: string, before: number, now: number, allowed: number): string | undefined {
  return now > before + allowed ? `${now} ${what} instead of ${before}` : undefined;
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}
