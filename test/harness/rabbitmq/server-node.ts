import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { eventually } from "../eventually.ts";
import { freePorts } from "../free-ports.ts";
import { keepUntilExit } from "../keeper.ts";
import { managementApi } from "./management-api.ts";
import { makeNodeFiles, type NodeExtras, type NodeFiles } from "./node-files.ts";
import type { PrivateRabbitMq, RabbitMqNode } from "./rabbitmq.ts";

/** A port mapper first, so that it is in the node's process group and ends with it. */
const LAUNCH = `
command -v epmd || { echo "epmd, a part of Erlang, is not on PATH"; exit 1; }
epmd &
until epmd -names > /dev/null 2>&1; do sleep 0.02; done
exec "$0"`;

/** The node may still be writing when its files go, for the moment that a SIGKILL takes. */
const END = `kill -s KILL -- "-$(cat "$1/group")"; rm -rf "$1" || { sleep 1; rm -rf "$1"; }`;

const START_TIMEOUT_MS = 60_000;
const CTL_TIMEOUT_MS = 60_000;

/** Starts a node of the rabbitmq-server at `script`, with its data in the system's temporary folder. */
export async function startServerNode(
  script: string,
  extras: NodeExtras = {},
): Promise<PrivateRabbitMq> {
  const [amqp = 0, management = 0, distribution = 0, portMapper = 0] = await freePorts(4);
  const files = await makeNodeFiles({ amqp, management, distribution, portMapper }, extras);
  const keeper = keepUntilExit(END, [files.folder]);
  const managementUrl = `http://guest:guest@127.0.0.1:${management}`;
  const ask = managementApi(managementUrl);
  const node = new ServerNode(script, files, () => ask(`/api/health/checks/port-listener/${amqp}`));
  try {
    await node.start();
  } catch (error) {
    await keeper.release();
    throw error;
  }
  return {
    amqpUrl: `amqp://guest:guest@127.0.0.1:${amqp}`,
    managementUrl,
    management: ask,
    node,
    dispose: () => keeper.release(),
  };
}

/** A rabbitmq-server run as a process group of its own. */
class ServerNode implements RabbitMqNode {
  readonly #script: string;
  readonly #files: NodeFiles;
  readonly #askWhetherReady: () => Promise<unknown>;
  #process: ChildProcess | undefined;

  constructor(script: string, files: NodeFiles, askWhetherReady: () => Promise<unknown>) {
    this.#script = script;
    this.#files = files;
    this.#askWhetherReady = askWhetherReady;
  }

  async start(): Promise<void> {
    if (this.#process !== undefined) return;
    const output = openSync(this.#files.output, "w");
    const launched = spawn("/bin/sh", ["-c", LAUNCH, this.#script], {
      cwd: this.#files.folder,
      detached: true,
      env: this.#files.environment,
      stdio: ["ignore", output, output],
    });
    closeSync(output);
    launched.unref();
    this.#process = launched;
    const gone = new AbortController();
    launched.once("exit", () => {
      this.#process = undefined;
      gone.abort();
    });
    writeFileSync(this.#files.group, String(launched.pid));
    try {
      await eventually(this.#askWhetherReady, {
        timeoutMs: START_TIMEOUT_MS,
        intervalMs: 50,
        signal: gone.signal,
      });
    } catch (cause) {
      const said = await readFile(this.#files.output, "utf8");
      throw new Error(`${this.#script} did not become ready. It said:\n${said}`, { cause });
    }
  }

  async kill(): Promise<void> {
    await this.#end(() => this.#signalGroup("SIGKILL"));
  }

  async stop(): Promise<void> {
    await this.#end((launched) => launched.kill("SIGTERM"));
  }

  pause(): void {
    this.#signalGroup("SIGSTOP");
  }

  resume(): void {
    this.#signalGroup("SIGCONT");
  }

  async ctl(...args: string[]): Promise<string> {
    this.#runningPid();
    const rabbitmqctl = join(dirname(this.#script), "rabbitmqctl");
    const { stdout } = await promisify(execFile)(rabbitmqctl, ["--silent", ...args], {
      env: this.#files.environment,
      timeout: CTL_TIMEOUT_MS,
    });
    return stdout;
  }

  #signalGroup(signal: NodeJS.Signals): void {
    process.kill(-this.#runningPid(), signal);
  }

  #runningPid(): number {
    const pid = this.#process?.pid;
    if (pid === undefined) throw new Error("The RabbitMQ node is not running");
    return pid;
  }

  async #end(signal: (launched: ChildProcess) => void): Promise<void> {
    const launched = this.#process;
    if (launched === undefined) return;
    const exited = once(launched, "exit");
    signal(launched);
    await exited;
    endRestOfGroup(launched);
    await rm(this.#files.group, { force: true });
  }
}

/** The port mapper survives a node that shut down in good order. */
function endRestOfGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
