import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

/** The command as it is installed; `npm run build` makes it. */
export const COMMAND = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

type Child = ChildProcessByStdio<null, Readable, Readable>;
const children: Child[] = [];

/** Starts the command in an environment that holds nothing but `env`. */
export function rabbitql(args: readonly string[], env: Record<string, string> = {}) {
  const child: Child = spawn(process.execPath, [COMMAND, ...args], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  const printed = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (printed.stderr += text));
  const ended = once(child, "close").then(([code]: unknown[]) => ({ code, ...printed }));

  /** Resolves with the match once there is one; rejects where the command ends without. */
  const until = async (name: "stdout" | "stderr", pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const match = pattern.exec(printed[name]);
      if (match) return match;
      const over = await Promise.race([ended, once(child[name], "data").then(() => undefined)]);
      if (over) throw new Error(`ended without ${pattern}: ${JSON.stringify(over)}`);
    }
  };
  return {
    child,
    ended,
    prints: (pattern: RegExp) => until("stdout", pattern),
    logs: (pattern: RegExp) => until("stderr", pattern),
  };
}

/** Kills every command that was started; for after a test. */
export function killCommands(): void {
  for (const child of children.splice(0)) child.kill("SIGKILL");
}
