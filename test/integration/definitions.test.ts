import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "amqplib";
import { describe, expect, onTestFinished, test } from "vitest";
import { createGateway } from "../../src/gateway.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { Inbox } from "../conformance/graphql/support/inbox.ts";
import { dataOf } from "../conformance/graphql/support/user.ts";
import { startGateway, type GatewaySetup } from "../harness/gateway.ts";
import { sharedRabbitMq } from "../harness/rabbitmq/shared.ts";
import { createVirtualHost } from "../harness/rabbitmq/virtual-host.ts";
import { temporaryFolder } from "../harness/temporary-folder.ts";

async function written(content: string): Promise<string> {
  const path = join(await temporaryFolder(), "definitions.json");
  await writeFile(path, content);
  return path;
}

/** A virtual host that somebody has filled, and what RabbitMQ exports of it, or of everything. */
async function exported(of: "everything" | "the virtual host") {
  const rabbitMq = sharedRabbitMq();
  const virtualHost = await createVirtualHost(rabbitMq);
  onTestFinished(() => virtualHost.dispose());
  const name = new URL(virtualHost.amqpUrl).pathname.slice(1);
  const connection = await connect(virtualHost.amqpUrl);
  const channel = await connection.createChannel();
  await channel.assertExchange("orders", "topic", { alternateExchange: "rest" });
  await channel.assertExchange("rest", "fanout", { durable: false, internal: true });
  await channel.assertQueue("jobs", { maxPriority: 4, deadLetterExchange: "rest" });
  await channel.assertQueue("all", { durable: false, autoDelete: true });
  await channel.bindQueue("jobs", "orders", "order.#");
  await channel.bindExchange("rest", "orders", "#");
  await connection.close();
  const path = of === "everything" ? "/api/definitions" : `/api/definitions/${name}`;
  const definitions = JSON.stringify(await rabbitMq.management(path));
  return { virtualHost, name, file: await written(definitions) };
}

const ASK = /* GraphQL */ `
  {
    orders: exchange(name: "orders") {
      type
      durable
      arguments
      bindings {
        destination
        destinationType
        routingKey
      }
    }
    rest: exchange(name: "rest") {
      type
      durable
      internal
    }
    jobs: queue(name: "jobs") {
      type
      durable
      arguments
    }
    all: queue(name: "all") {
      durable
      autoDelete
    }
  }
`;

const DECLARED = {
  orders: {
    type: "TOPIC",
    durable: true,
    arguments: { "alternate-exchange": "rest" },
    bindings: expect.arrayContaining([
      { destination: "jobs", destinationType: "QUEUE", routingKey: "order.#" },
      { destination: "rest", destinationType: "EXCHANGE", routingKey: "#" },
    ]),
  },
  rest: { type: "FANOUT", durable: false, internal: true },
  jobs: {
    type: "CLASSIC",
    durable: true,
    arguments: expect.objectContaining({ "x-max-priority": 4, "x-dead-letter-exchange": "rest" }),
  },
  all: { durable: false, autoDelete: true },
};

type Line = Readonly<Record<string, unknown>>;

/** What a gateway logs, and the line that says how the definitions went. */
function listening() {
  const lines: Line[] = [];
  const summary = new Inbox<Line>();
  const write = (text: string): void => {
    const line = JSON.parse(text) as Line;
    lines.push(line);
    if ("failed" in line) summary.put(line);
  };
  return { logger: createLogger({ level: "info", destination: { write } }), summary, lines };
}

async function started(setup: GatewaySetup) {
  const { logger, summary, lines } = listening();
  const gateway = await startGateway({
    ...setup,
    ...(setup.broker === "rabbitmq" && { managementUrl: sharedRabbitMq().managementUrl }),
    logger,
  });
  onTestFinished(() => gateway.close());
  return { gateway, said: await summary.take(), lines };
}

describe.each(["everything", "the virtual host"] as const)("an export of %s", (of) => {
  test("is there on the embedded broker before it listens, but for what RabbitMQ alone has", async () => {
    const { file, name } = await exported(of);
    // The embedded broker has one virtual host; an export of a broker with many has to be cut to it.
    const all = JSON.parse(await readFile(file, "utf8")) as Record<string, { vhost?: string }[]>;
    for (const section of ["exchanges", "queues", "bindings"])
      all[section] = (all[section] ?? []).filter(({ vhost = name }) => vhost === name);
    const { gateway, said } = await started({
      broker: "embedded",
      definitions: await written(JSON.stringify(all)),
    });
    const result = dataOf(await gateway.graphql(ASK));
    expect(result).toMatchObject({
      orders: { type: "TOPIC" },
      rest: DECLARED.rest,
      all: DECLARED.all,
    });
    expect(said).toMatchObject({ exchanges: 2, queues: 2, bindings: 2 });
  });

  test("is declared on a RabbitMQ, and again on one that has it all", async () => {
    const { virtualHost, file } = await exported(of);
    const { amqpUrl } = virtualHost;
    const connection = await connect(amqpUrl);
    const channel = await connection.createChannel();
    for (const exchange of ["orders", "rest"]) await channel.deleteExchange(exchange);
    await channel.deleteQueue("jobs");
    await connection.close();
    for (const _ of ["lost", "there"]) {
      const { gateway, said } = await started({ broker: "rabbitmq", amqpUrl, definitions: file });
      expect(said).toMatchObject({ exchanges: 2, queues: 2, bindings: 2, failed: 0 });
      expect(dataOf(await gateway.graphql(ASK))).toEqual(DECLARED);
      await gateway.close();
    }
  });
});

test("what does not fit is logged with both values, and the rest is declared", async () => {
  const { virtualHost } = await exported("the virtual host");
  const definitions = await written(
    JSON.stringify({
      users: [{ name: "somebody" }],
      queues: [
        {
          name: "jobs",
          durable: true,
          auto_delete: false,
          arguments: { "x-max-priority": 9, "x-dead-letter-exchange": "rest" },
        },
        { name: "new", durable: true, auto_delete: false, arguments: {} },
      ],
      bindings: [
        { source: "missing", destination: "new", destination_type: "queue", routing_key: "" },
        { source: "orders", destination: "new", destination_type: "queue", routing_key: "a" },
      ],
      exchanges: [{ name: "hash", type: "x-consistent-hash", durable: true }],
    }),
  );
  const { gateway, said, lines } = await started({
    broker: "rabbitmq",
    amqpUrl: virtualHost.amqpUrl,
    definitions,
  });
  expect(said).toMatchObject({ failed: 3, skipped: { users: 1 } });
  const reasons = JSON.stringify(lines.map(({ err }) => err));
  expect(reasons).toMatch(/jobs.*x-max-priority.*4.*9/);
  expect(reasons).toMatch(/no exchange.*missing/);
  expect(reasons).toMatch(/hash.*x-consistent-hash/);
  expect(
    dataOf(await gateway.graphql('{ queue(name: "new") { bindings { source routingKey } } }')),
  ).toEqual({ queue: { bindings: [{ source: "orders", routingKey: "a" }] } });
});

test.each([
  ["{ not JSON", "it is not JSON"],
  ['{"queues": [{"name": 5}]}', "queues[0].name"],
])("%s is a setting that is wrong", async (content, where) => {
  const definitions = await written(content);
  expect(() => createGateway({ definitions })).toThrow(
    expect.objectContaining({ name: "ConfigError", message: expect.stringContaining(where) }),
  );
  expect(() => createGateway({ definitions: `${definitions}.missing` })).toThrow("ENOENT");
});
