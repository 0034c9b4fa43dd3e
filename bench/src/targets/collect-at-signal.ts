/** Preloaded into a process, with --expose-gc: SIGUSR2 collects its garbage, so that its memory can be compared. */
process.on("SIGUSR2", () => globalThis.gc?.());
