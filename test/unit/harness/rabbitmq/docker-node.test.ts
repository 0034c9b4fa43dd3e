import { expect, test } from "vitest";
import { dockerCommands } from "../../../harness/rabbitmq/docker-node.ts";

test("a container is published on loopback alone, and every command names it", () => {
  const commands = dockerCommands("some-node", { amqp: 20_001, management: 20_002 });
  expect(commands.run.join(" ")).toBe(
    "run --detach --name some-node --publish 127.0.0.1:20001:5672 --publish 127.0.0.1:20002:15672 rabbitmq:4-management",
  );
  expect(commands.ctl.join(" ")).toBe("exec some-node rabbitmqctl --silent");
  for (const args of Object.values(commands)) expect(args).toContain("some-node");
});
