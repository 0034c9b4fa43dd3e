import { EventEmitter, once } from "node:events";

import type { HostProcess, StopSignal, Surroundings } from "../../../src/cli/command.ts";

class RecordedProcess extends EventEmitter implements HostProcess {
  readonly exits: number[] = [];

  exit(code: number): void {
    this.exits.push(code);
  }
  send(signal: StopSignal): void {
    this.emit(signal, signal);
  }
  hangUp(): void {
    this.emit("SIGHUP");
  }
  fail(error: Error): void {
    this.emit("uncaughtException", error, "unhandledRejection");
  }
}

class RecordedOutput {
  #text = "";
  readonly #events = new EventEmitter();

  write(text: string): boolean {
    this.#text += text;
    this.#events.emit("write");
    return true;
  }
  toString(): string {
    return this.#text;
  }
  /** Resolves with the next text that is written. */
  async written(): Promise<void> {
    await once(this.#events, "write");
  }
}

/** Surroundings that keep what a command does to them. */
export function recordedSurroundings(env: Record<string, string> = {}) {
  const stdout = new RecordedOutput();
  const stderr = new RecordedOutput();
  const process = new RecordedProcess();
  const surroundings: Surroundings = { env, stdout, stderr, process };
  return {
    surroundings,
    process,
    stdout: () => stdout.toString(),
    stderr: () => stderr.toString(),
    /** Resolves when the command prints for the first time. */
    printed: stdout.written(),
  };
}
