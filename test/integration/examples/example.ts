import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** An example that runs as a program of its own, as its header says. */
export class Example {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #closed: Promise<unknown[]>;

  private constructor(path: string, args: readonly string[], env: Record<string, string>) {
    const program = fileURLToPath(new URL(`../../../examples/${path}`, import.meta.url));
    const child = spawn(process.execPath, ["--import", "tsx", program, ...args], {
      env: { PATH: process.env["PATH"], ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#child = child;
    this.#closed = once(child, "close");
    this.#lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  }

  /** Started; killed at the end of the test. */
  static start(path: string, args: readonly string[], env: Record<string, string> = {}): Example {
    const example = new Example(path, args, env);
    onTestFinished(() => example.kill());
    return example;
  }

  /** What it prints until it ends. Rejects where its exit code is not 0. */
  async ended(): Promise<string[]> {
    const lines: string[] = [];
    for (let line = await this.line(); line !== undefined; line = await this.line())
      lines.push(line);
    const [code] = await this.#closed;
    if (code !== 0) throw new Error(`It ended with ${String(code)}`);
    return lines;
  }

  /** The next line that it prints; undefined where it has ended. */
  async line(): Promise<string | undefined> {
    const { done, value } = await this.#lines.next();
    return done ? undefined : value;
  }

  /** The next lines, up to the one that is `last`. */
  async linesUntil(last: (line: string) => boolean): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.line();
      if (line === undefined) throw new Error(`It ended after ${lines.join("\n")}`);
      lines.push(line);
      if (last(line)) return lines;
    }
  }

  /** Without a chance to say goodbye. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#closed;
  }
}
