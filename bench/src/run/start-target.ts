import { spawn } from "node:child_process";
import { once } from "node:events";
import { eventually } from "../../../test/harness/eventually.ts";
import { keepUntilExit } from "../../../test/harness/keeper.ts";
import type { BenchBroker } from "./broker.ts";
import type { Cores } from "./cores.ts";
import { GATEWAY, program } from "./places.ts";
import { TARGETS, type Origin } from "./target-list.ts";
import type { RunningTarget, TargetName } from "./target.ts";

const COLLECT_AT_SIGNAL = ["--expose-gc", "--import", program("targets/collect-at-signal.js")];
const LISTENS = /http:\/\/127\.0\.0\.1:(\d+)\/graphql/;
const START_TIMEOUT_MS = 30_000;

interface Started extends Pick<RunningTarget, "pids" | "collectable" | "stop"> {
  readonly port: number;
}

/** Starts a target, on the core that is left to it. Undefined where this broker does not have it. */
export async function startTarget(
  name: TargetName,
  broker: BenchBroker,
  cores: Cores,
): Promise<RunningTarget | undefined> {
  const { transport, path, origin } = TARGETS[name];
  const started = await start(name, origin, broker, cores);
  return started && { name, address: { transport, port: started.port, path }, ...started };
}

async function start(
  name: TargetName,
  origin: Origin,
  broker: BenchBroker,
  cores: Cores,
): Promise<Started | undefined> {
  if (origin.kind === "program") return startProgram(name, origin, broker, cores);
  if (origin.kind === "load") return { port: 0, pids: [], collectable: [], stop: nothing };
  const port = origin.port(broker);
  if (port === undefined || !broker.own) return undefined;
  return { port, pids: [broker.own.pid], collectable: [], stop: nothing };
}

/** The gateway's name in those of its queues. */
export function instanceOf(name: TargetName): string {
  return `bench-${name}`;
}

async function nothing(): Promise<void> {}

async function startProgram(
  name: TargetName,
  { script, environment }: Origin & { kind: "program" },
  { amqpUrl }: BenchBroker,
  { targetPrefix }: Cores,
): Promise<Started> {
  const [command, ...args] = [...targetPrefix, process.execPath, ...COLLECT_AT_SIGNAL, script];
  const child = spawn(command, args, {
    env: {
      PATH: process.env["PATH"],
      NODE_ENV: "production",
      AMQP_URL: amqpUrl,
      RABBITQL_INSTANCE: instanceOf(name),
      ...environment,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const pid = child.pid ?? 0;
  const keeper = keepUntilExit('kill -s KILL "$1"', [String(pid)]);
  const exited = once(child, "exit");
  const stop = async () => {
    child.kill("SIGKILL");
    await exited;
    await keeper.release();
  };
  try {
    const port = await Promise.race([
      listening(child.stdout),
      exited.then(() => Promise.reject(new Error(`${script} ended before it listened`))),
    ]);
    if (script === GATEWAY) await ready(port);
    return { port, pids: [pid], collectable: [pid], stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function listening(stdout: NodeJS.ReadableStream): Promise<number> {
  let printed = "";
  for await (const chunk of stdout) {
    printed += String(chunk);
    const port = LISTENS.exec(printed)?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error(`printed no address to connect to: ${printed}`);
}

/** The gateway listens before it is connected to its broker. */
async function ready(port: number): Promise<void> {
  await eventually(
    async () => {
      const response = await fetch(`http://127.0.0.1:${port}/readyz`);
      if (response.status !== 200) throw new Error(await response.text());
    },
    { timeoutMs: START_TIMEOUT_MS },
  );
}
