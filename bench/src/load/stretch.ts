import { cpuSeconds } from "./cpu-time.ts";

/** What a target did in a stretch of time, as every row about work reports it. */
export interface Work {
  /** Messages (deliveries, publishes) a second. */
  readonly perSecond: number;
  /** The target's CPU time for one of them, in µs. */
  readonly cpuMicroseconds: number;
  /** How many cores the target kept busy; 1 is all that it may have where it is pinned to one. */
  readonly busy: number;
  /** The same of this process, which makes the load. */
  readonly loadBusy: number;
}

/** Measures from now on: returns what ends it. `done` says how much has been done so far. */
export function beginStretch(pids: readonly number[], done: () => number): () => Work {
  const mark = () => ({
    seconds: performance.now() / 1000,
    done: done(),
    cpu: cpuSeconds(pids),
    load: cpuSeconds([process.pid]),
  });
  const start = mark();
  return () => {
    const end = mark();
    const seconds = end.seconds - start.seconds;
    const work = end.done - start.done;
    return {
      perSecond: work / seconds,
      cpuMicroseconds: ((end.cpu - start.cpu) * 1e6) / work,
      busy: (end.cpu - start.cpu) / seconds,
      loadBusy: (end.load - start.load) / seconds,
    };
  };
}
