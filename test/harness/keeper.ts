import { spawn } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";

/** Something to be ended when the run ends. */
export interface Keeper {
  /** Ends it now. Resolves when that is done. Idempotent. */
  release(): Promise<void>;
}

/**
 * Runs the shell commands `ending` once this process is gone, however it went: after Ctrl-C Vitest runs
 * no teardown, and after a SIGKILL nothing could. The keeper waits, in a session of its own that no
 * Ctrl-C reaches, for the end of a pipe that this process alone holds open.
 */
export function keepUntilExit(ending: string, args: readonly string[]): Keeper {
  const shell = spawn("/bin/sh", ["-c", `cat > /dev/null\n${ending}`, "keeper", ...args], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const exited = once(shell, "exit");
  shell.unref();
  if (shell.stdin instanceof Socket) shell.stdin.unref();
  return {
    async release() {
      shell.ref();
      shell.stdin.end();
      await exited;
    },
  };
}
