import { constants } from "node:os";

import type { HostProcess, StopSignal } from "./command.ts";

/**
 * Resolves with the first signal to stop. A second one does not wait for anything: it exits at once
 * with 128 + its number, as a shell reports a process that the signal killed.
 */
export function firstStopSignal(process: HostProcess): Promise<StopSignal> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (signal: StopSignal) => {
      if (asked) process.exit(128 + constants.signals[signal]);
      asked = true;
      resolve(signal);
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  });
}
