import { execFile, execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { eventually } from "../eventually.ts";
import { freePorts } from "../free-ports.ts";
import { keepUntilExit } from "../keeper.ts";
import { managementApi } from "./management-api.ts";
import type { PrivateRabbitMq } from "./rabbitmq.ts";

const IMAGE = "rabbitmq:4-management";

/** The management API answers late on a machine that starts many containers. */
const START_TIMEOUT_MS = 120_000;

const docker = (args: readonly string[]) => promisify(execFile)("docker", args);

/** Whether there is a Docker engine to run containers on; the docker command alone is not enough. */
export async function dockerRuns(): Promise<boolean> {
  return docker(["info"]).then(
    () => true,
    () => false,
  );
}

/** The arguments of docker for everything that is done with a node's container. */
export function dockerCommands(name: string, ports: { amqp: number; management: number }) {
  return {
    run: [
      "run",
      "--detach",
      "--name",
      name,
      "--publish",
      `127.0.0.1:${ports.amqp}:5672`,
      "--publish",
      `127.0.0.1:${ports.management}:15672`,
      IMAGE,
    ],
    start: ["start", name],
    kill: ["kill", name],
    stop: ["stop", name],
    wait: ["wait", name],
    pause: ["pause", name],
    resume: ["unpause", name],
    ctl: ["exec", name, "rabbitmqctl", "--silent"],
  } as const;
}

/** Starts RabbitMQ's image, published on free loopback ports. */
export async function startDockerNode(): Promise<PrivateRabbitMq> {
  const [amqp = 0, management = 0] = await freePorts(2);
  const name = `rabbitql-test-${randomUUID()}`;
  const commands = dockerCommands(name, { amqp, management });
  const keeper = keepUntilExit(`docker rm --force --volumes "$1"`, [name]);
  const managementUrl = `http://guest:guest@127.0.0.1:${management}`;
  const ask = managementApi(managementUrl);
  const ready = () =>
    eventually(() => ask("/api/health/checks/port-listener/5672"), {
      timeoutMs: START_TIMEOUT_MS,
      intervalMs: 200,
    });
  try {
    await docker(commands.run);
    await ready();
  } catch (error) {
    await keeper.release();
    throw error;
  }

  return {
    amqpUrl: `amqp://guest:guest@127.0.0.1:${amqp}`,
    managementUrl,
    management: ask,
    dispose: () => keeper.release(),
    node: {
      async kill() {
        await docker(commands.kill);
        await docker(commands.wait);
      },
      async stop() {
        await docker(commands.stop);
      },
      async start() {
        await docker(commands.start);
        await ready();
      },
      pause: () => void execFileSync("docker", commands.pause),
      resume: () => void execFileSync("docker", commands.resume),
      ctl: async (...args) => (await docker([...commands.ctl, ...args])).stdout,
    },
  };
}
