import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { afterAll, beforeAll, expect, test } from "vitest";
import { sharedRabbitMq } from "../harness/rabbitmq/shared.ts";
import { createVirtualHost, type VirtualHost } from "../harness/rabbitmq/virtual-host.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

interface Results {
  readonly rows: {
    readonly name: string;
    readonly samples: Record<string, unknown[]>;
  }[];
}

let virtualHost: VirtualHost;
let folder: string;

beforeAll(async () => {
  virtualHost = await createVirtualHost(sharedRabbitMq());
  folder = await mkdtemp(join(tmpdir(), "rabbitql-test-bench-"));
});

afterAll(async () => {
  await virtualHost.dispose();
  await rm(folder, { recursive: true });
});

/** A wrong count is an error, and leaves out the target's samples. */
test("the short benchmark counts right for every target", { timeout: 180_000 }, async () => {
  const json = join(folder, "results.json");
  await run(
    process.execPath,
    [
      "--import",
      "tsx",
      "bench/src/main.ts",
      "--short",
      "--no-pin",
      `--json=${json}`,
      `--amqp-url=${virtualHost.amqpUrl}`,
      `--management-url=${virtualHost.managementUrl}`,
    ],
    { cwd: ROOT },
  );
  const { rows } = JSON.parse(await readFile(json, "utf8")) as Results;
  const targets = rows.map(({ name, samples }) => [name, Object.keys(samples)]);
  // Web-STOMP and the management API are measured on a RabbitMQ of the benchmark's own alone.
  expect(Object.fromEntries(targets)).toEqual({
    "fan-out-100-200B": ["bare", "rabbitql", "bare-frame", "graphql-ws", "mercurius", "yoga"],
    groups: ["bare", "rabbitql", "graphql-ws", "mercurius"],
    "sse-1000": ["rabbitql", "rabbitql-sse", "yoga"],
    "publish-http": ["bare", "rabbitql", "bare-full", "graphql-ws", "mercurius", "yoga"],
    "publish-websocket": ["bare", "rabbitql", "graphql-ws", "mercurius"],
    latency: ["amqplib", "rabbitql", "bare", "graphql-ws", "mercurius"],
    deliveries: ["amqplib-work", "rabbitql"],
    requests: ["amqplib-work", "rabbitql"],
    "requests-http": ["amqplib-work", "rabbitql"],
    "secured-fan-out-100-200B": ["rabbitql", "rabbitql-secured"],
    "secured-publish-http": ["rabbitql", "rabbitql-secured"],
    "secured-publish-websocket": ["rabbitql", "rabbitql-secured"],
    patterns: ["amqplib-patterns", "rabbitql"],
    neighbours: ["rabbitql", "rabbitql-beside-stopped"],
    "workers-publish": ["workers-1", "workers-2"],
    "workers-fan-out": ["workers-1", "workers-2"],
  });
});

test("the types of the benchmark are right", { timeout: 60_000 }, async () => {
  const tsc = ["node_modules/typescript/bin/tsc", "-p", "bench"];
  expect(await run(process.execPath, tsc, { cwd: ROOT })).toEqual({ stdout: "", stderr: "" });
});
