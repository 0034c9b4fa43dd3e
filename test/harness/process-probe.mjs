// Loaded into a process before its program, with --import and --expose-gc: answers each message of its parent
// with what the process holds.
import { readdirSync } from "node:fs";

process.on("message", () => process.send(reading()));
process.on("disconnect", () => process.exit(1));
// The parent's asking is no reason to go on.
process.channel.unref();

function reading() {
  // Twice: what the first finds to be finalised is collected by the second.
  globalThis.gc();
  globalThis.gc();
  const { rss, heapUsed, external } = process.memoryUsage();
  return {
    rssBytes: rss,
    heapBytes: heapUsed,
    externalBytes: external,
    descriptors: readdirSync("/dev/fd").length,
    resources: counted(process.getActiveResourcesInfo()),
    // oxlint-disable-next-line no-underscore-dangle -- Node has no other name for it
    listeners: listenersOf(process) + sum(process._getActiveHandles().map(listenersOf)),
  };
}

function counted(names) {
  const counts = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function listenersOf(emitter) {
  return sum(emitter.eventNames?.().map((name) => emitter.listenerCount(name)) ?? []);
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
