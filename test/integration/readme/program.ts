import { spawn } from "node:child_process";
import { once } from "node:events";

/** A process of a reader's, as the document has them start it. */
export interface Program {
  /** What it prints, chunk by chunk, to its end; to be read once. */
  readonly output: AsyncIterable<string>;
  /** Waits for the end. Rejects, with what went to its standard error, where the exit code is not 0. */
  ended(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

export function startProgram(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Program {
  const child = spawn(command, args, {
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let complaint = "";
  child.stdout.setEncoding("utf8");
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  const closed = once(child, "close");
  return {
    output: child.stdout,
    async ended() {
      const [code] = await closed;
      if (code !== 0) throw new Error(`${command} ended with ${code}: ${complaint}`);
    },
    kill: (signal) => child.kill(signal),
  };
}

/** The next `count` lines; fewer where the output ends. */
export async function readLines(output: AsyncIterable<string>, count: number): Promise<string[]> {
  let text = "";
  for await (const chunk of output) {
    text += chunk;
    if (text.split("\n").length > count) break;
  }
  return text.split("\n").slice(0, count);
}
