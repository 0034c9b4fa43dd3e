import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

import { loadConfig } from "../../../src/config/config.ts";
import { read } from "./repository.ts";

const service = z.strictObject({
  image: z.string(),
  build: z.literal(".").optional(),
  hostname: z.string().optional(),
  environment: z.record(z.string(), z.string()),
  ports: z.array(z.string()),
  volumes: z.array(z.string()).optional(),
  healthcheck: z
    .strictObject({
      test: z.string(),
      interval: z.string(),
      timeout: z.string(),
      retries: z.int(),
      start_period: z.string(),
    })
    .optional(),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.string() })).optional(),
  stop_grace_period: z.string().optional(),
  restart: z.string().optional(),
  read_only: z.boolean().optional(),
  cap_drop: z.array(z.string()).optional(),
  security_opt: z.array(z.string()).optional(),
});

const { services, volumes } = z
  .strictObject({
    services: z.strictObject({ rabbitmq: service, gateway: service }),
    volumes: z.record(z.string(), z.null()),
  })
  .parse(parse(read("docker-compose.yml")));
const { gateway, rabbitmq } = services;

const config = loadConfig({
  argv: [],
  env: { HOST: "0.0.0.0", PORT: "4000", ...gateway.environment },
});

describe("docker-compose.yml", () => {
  test("publishes every port on this machine alone", () => {
    for (const port of [...rabbitmq.ports, ...gateway.ports])
      expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    expect(gateway.ports).toEqual([`127.0.0.1:4000:${config.port}`]);
  });

  test("has the gateway use the RabbitMQ beside it, with its user and password", () => {
    const { hostname, username, password } = new URL(config.amqpUrl ?? "");
    expect(services).toHaveProperty(hostname);
    expect([username, password]).toEqual([
      rabbitmq.environment["RABBITMQ_DEFAULT_USER"],
      rabbitmq.environment["RABBITMQ_DEFAULT_PASS"],
    ]);
  });

  test("starts the gateway when RabbitMQ runs and takes connections", () => {
    expect(gateway.depends_on).toEqual({ rabbitmq: { condition: "service_healthy" } });
    expect(rabbitmq.healthcheck?.test).toBe(
      "rabbitmq-diagnostics -q check_running && rabbitmq-diagnostics -q check_port_connectivity",
    );
  });

  test("gives the gateway the time that it may take to stop, and more", () => {
    const graceMs = 1000 * Number(/^(\d+)s$/.exec(gateway.stop_grace_period ?? "")?.[1]);
    expect(graceMs).toBeGreaterThan(config.drainTimeoutMs + config.closeTimeoutMs);
  });

  test("keeps RabbitMQ's data in a volume that is declared", () => {
    expect(rabbitmq.volumes).toEqual(["rabbitmq:/var/lib/rabbitmq"]);
    expect(volumes).toHaveProperty("rabbitmq");
  });

  test("takes from the gateway what it does not need", () => {
    expect(gateway).toMatchObject({
      build: ".",
      read_only: true,
      cap_drop: ["ALL"],
      security_opt: ["no-new-privileges:true"],
    });
  });
});
