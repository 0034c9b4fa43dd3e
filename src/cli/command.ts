import type { Writable } from "node:stream";

/** What a command sees of the world; a test hands in its own. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: Pick<Writable, "write">;
  readonly stderr: Pick<Writable, "write">;
  readonly process: HostProcess;
}

/** The process that runs the command, as far as a command has to do with it. */
export interface HostProcess {
  on(event: StopSignal, listener: (signal: StopSignal) => void): unknown;
  on(event: "SIGHUP", listener: () => void): unknown;
  on(event: "uncaughtException", listener: (error: Error, origin: string) => void): unknown;
  exit(code: number): void;
}

export type StopSignal = "SIGTERM" | "SIGINT";

export interface Command {
  /** What it does, in one line of `--help`; left out where nobody is to give it. */
  readonly summary?: string;
  /** Resolves to the exit code: 0 for success, 1 for anything wrong. */
  run(args: readonly string[], surroundings: Surroundings): Promise<number>;
}
