import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { COMMAND } from "./command.ts";
import { ready } from "./gateway.ts";

const PROBE = fileURLToPath(new URL("process-probe.mjs", import.meta.url));

/** The last of what a process has logged is kept, in characters. */
const LOG_KEPT = 200_000;

/** What a process holds, right after garbage was collected. */
export interface ProcessReading {
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly externalBytes: number;
  /** Open files, sockets and the like. */
  readonly descriptors: number;
  /** What keeps its event loop alive, by kind: sockets, timers and so on. */
  readonly resources: Readonly<Record<string, number>>;
  /** On the process and on each open handle. */
  readonly listeners: number;
}

/** The command as it is installed, in a process of its own, so that it can be killed and looked into. */
export interface GatewayProcess {
  readonly pid: number;
  /** Where it listens, without a path. */
  readonly url: string;
  readonly graphqlUrl: string;
  readonly wsUrl: string;
  /** The end of its log so far, as JSON lines. */
  readonly log: string;
  /** The lines of its log that say that something failed which should not: of the levels error and fatal. */
  readonly complaints: readonly string[];
  /** Resolves when it has ended: with its exit code, null where a signal ended it. */
  readonly ended: Promise<number | null>;
  read(): Promise<ProcessReading>;
  signal(signal: NodeJS.Signals): void;
  /** Kills it, where it still runs. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts the command with these flags alone; resolves when it listens and is connected to its broker.
 * `onLog` is called with what it logs.
 */
export async function startGatewayProcess(
  flags: Readonly<Record<string, string | number>>,
  onLog?: (text: string) => void,
): Promise<GatewayProcess> {
  const args = Object.entries({ port: 0, ...flags }).map(([name, value]) => `--${name}=${value}`);
  const child = spawn(process.execPath, ["--expose-gc", "--import", PROBE, COMMAND, ...args], {
    env: {},
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const ended = once(child, "exit").then(([code]) => code as number | null);
  const printed = { stdout: "", stderr: "" };
  child.stdout?.on("data", (text: Buffer) => (printed.stdout += text.toString()));
  child.stderr?.on("data", (text: Buffer) => {
    printed.stderr = (printed.stderr + text.toString()).slice(-LOG_KEPT);
    onLog?.(text.toString());
  });
  const complaints: string[] = [];
  if (child.stderr)
    createInterface(child.stderr).on("line", (line) => {
      if (/"level":"(?:error|fatal)"/.test(line)) complaints.push(line);
    });

  async function close(): Promise<void> {
    child.kill("SIGKILL");
    await ended;
  }

  async function listening(): Promise<string> {
    for (;;) {
      const url = /^GraphiQL (?<origin>http:\/\/[^/]+)\//m.exec(printed.stdout)?.groups?.["origin"];
      if (url !== undefined) return url;
      const over = await Promise.race([ended, once(child.stdout ?? child, "data")]);
      if (!Array.isArray(over)) throw new Error(`ended with ${over}: ${printed.stderr}`);
    }
  }

  try {
    const url = await listening();
    await ready({ url });
    return {
      pid: child.pid ?? 0,
      url,
      graphqlUrl: `${url}/graphql`,
      wsUrl: `${url.replace("http", "ws")}/graphql`,
      get log() {
        return printed.stderr;
      },
      complaints,
      ended,
      async read() {
        const answered = once(child, "message");
        child.send("read");
        const [reading] = (await answered) as [ProcessReading];
        return reading;
      },
      signal: (signal) => void child.kill(signal),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
