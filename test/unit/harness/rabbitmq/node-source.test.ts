import { describe, expect, test } from "vitest";
import { findNodeSource, type Machine } from "../../../harness/rabbitmq/private.ts";

const SCRIPT = "/usr/lib/rabbitmq/bin/rabbitmq-server";

function machine(settings: {
  script?: string;
  docker?: boolean;
  installable?: boolean;
}): Machine & {
  readonly installs: number;
} {
  let installs = 0;
  return {
    findServerScript: async () => settings.script ?? (installs > 0 ? SCRIPT : undefined),
    dockerRuns: async () => settings.docker ?? false,
    canInstall: () => settings.installable ?? false,
    install: async () => void (installs += 1),
    get installs() {
      return installs;
    },
  };
}

describe("what private RabbitMQ nodes are made of", () => {
  const everything = { script: SCRIPT, docker: true, installable: true };

  test.for([
    { has: everything, source: { kind: "server", script: SCRIPT }, installs: 0 },
    { has: { ...everything, script: undefined }, source: { kind: "docker" }, installs: 0 },
    { has: { installable: true }, source: { kind: "server", script: SCRIPT }, installs: 1 },
  ])("on a machine with $has it is $source", async ({ has, source, installs }) => {
    const it = machine(JSON.parse(JSON.stringify(has)) as Parameters<typeof machine>[0]);
    expect(await findNodeSource(it, { mayInstall: true })).toEqual(source);
    expect(it.installs).toBe(installs);
  });

  test("fails with what to do on a machine that has nothing", async () => {
    await expect(findNodeSource(machine({}), { mayInstall: true })).rejects.toThrow(
      /AMQP_TEST_URL.*AMQP_TEST_MANAGEMENT_URL.*install rabbitmq-server.*Docker/,
    );
  });

  test("installs nothing where a RabbitMQ was named, and says that it cannot be broken", async () => {
    const it = machine({ installable: true });
    await expect(findNodeSource(it, { mayInstall: false })).rejects.toThrow(
      /cannot be done with the broker of AMQP_TEST_URL/,
    );
    expect(it.installs).toBe(0);
  });
});
