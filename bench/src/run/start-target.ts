import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { eventually } from "../../../test/harness/eventually.ts";
import { keepUntilExit } from "../../../test/harness/keeper.ts";
import type { BenchBroker } from "./broker.ts";
import type { Cores } from "./cores.ts";
import { GATEWAY, program } from "./places.ts";
import { makeSecured } from "./secured.ts";
import { TARGETS, type Origin } from "./target-list.ts";
import type { RunningTarget, TargetName } from "./target.ts";

const COLLECT_AT_SIGNAL = ["--expose-gc", "--import", program("targets/collect-at-signal.js")];
const LISTENS = /http:\/\/127\.0\.0\.1:(\d+)\/graphql/;
const START_TIMEOUT_MS = 30_000;
/** For a gateway to drain and write its profile. */
const STOP_TIMEOUT_MS = 20_000;

interface Started extends Pick<RunningTarget, "pids" | "collectable" | "stop"> {
  readonly port: number;
  readonly token?: string | undefined;
}

export interface Surroundings {
  readonly broker: BenchBroker;
  readonly cores: Cores;
  /** Where a gateway writes a CPU profile when it stops; undefined: nowhere. */
  readonly profile: string | undefined;
}

/** Starts a target, on the core that is left to it. Undefined where this broker does not have it. */
export async function startTarget(
  name: TargetName,
  surroundings: Surroundings,
): Promise<RunningTarget | undefined> {
  const { transport, path, origin } = TARGETS[name];
  const started = await start(name, origin, surroundings);
  if (!started) return undefined;
  const { port, token } = started;
  return { name, address: { transport, port, path, token }, ...started };
}

async function start(
  name: TargetName,
  origin: Origin,
  surroundings: Surroundings,
): Promise<Started | undefined> {
  const { broker } = surroundings;
  if (origin.kind === "program") return startProgram(name, origin, surroundings);
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
  { script, environment, workers, secured }: Origin & { kind: "program" },
  { broker: { amqpUrl, managementUrl }, cores, profile }: Surroundings,
): Promise<Started> {
  const securing = secured ? await makeSecured() : undefined;
  const profiled = profile !== undefined && script === GATEWAY;
  const [command, ...args] = [
    ...(workers === undefined ? cores.targetPrefix : cores.everywherePrefix),
    process.execPath,
    ...(profiled ? ["--cpu-prof", `--cpu-prof-dir=${profile}`] : []),
    ...COLLECT_AT_SIGNAL,
    script,
  ];
  const child = spawn(command, args, {
    env: {
      PATH: process.env["PATH"],
      NODE_ENV: "production",
      AMQP_URL: amqpUrl,
      RABBITQL_INSTANCE: instanceOf(name),
      ...environment,
      // A policy asks what an exchange is and what is bound to it.
      ...(securing && { ...securing.environment, RABBITQL_MANAGEMENT_URL: managementUrl }),
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const pid = child.pid ?? 0;
  const keeper = keepUntilExit('kill -s KILL "$1"', [String(pid)]);
  const exited = once(child, "exit");
  const stop = async () => {
    if (profiled || workers !== undefined) await stopInOrder(child, exited);
    child.kill("SIGKILL");
    await exited;
    await keeper.release();
    await securing?.dispose();
  };
  try {
    const port = await Promise.race([
      listening(child.stdout),
      exited.then(() => Promise.reject(new Error(`${script} ended before it listened`))),
    ]);
    if (script === GATEWAY) await ready(port, workers);
    return { port, token: securing?.token, pids: [pid], collectable: [pid], stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A profile is written at an exit, and not where a process is killed; and workers have a primary to be told by. */
async function stopInOrder(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  const overdue = new AbortController();
  child.kill("SIGTERM");
  await Promise.race([exited, delay(STOP_TIMEOUT_MS, undefined, overdue).catch(() => {})]);
  overdue.abort();
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

/** The gateway listens before it is connected to its broker; new connections go to its workers in turn. */
async function ready(port: number, workers = 1): Promise<void> {
  await eventually(
    async () => {
      for (let time = 0; time < 2 * workers; time++) {
        const response = await fetch(`http://127.0.0.1:${port}/readyz`, {
          headers: { connection: "close" },
        });
        if (response.status !== 200) throw new Error(await response.text());
      }
    },
    { timeoutMs: START_TIMEOUT_MS },
  );
}
