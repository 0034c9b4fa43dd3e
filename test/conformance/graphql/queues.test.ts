import { randomUUID } from "node:crypto";
import type { FormattedExecutionResult } from "graphql";
import { describe, expect, test } from "vitest";
import { BROKERS } from "../../harness/gateway.ts";
import {
  BIND,
  DECLARE_QUEUE,
  DELETE_QUEUE,
  PURGE_QUEUE,
  QUEUE_NAMED,
  QUEUES,
} from "./support/documents.ts";
import { sharedRabbitMq } from "../../harness/rabbitmq/shared.ts";
import { sharedGateway, withSocket } from "./support/shared-gateway.ts";
import { codesOf, dataOf, declared, liveFeed, published } from "./support/user.ts";

const unique = () => `queue-${randomUUID()}`;

function failed(code: string, ...named: readonly string[]): unknown {
  const pattern = named.map((value) => `(?=.*${value.replace(/[.[\]]/g, "\\$&")})`).join("");
  return expect.objectContaining({
    errors: [
      expect.objectContaining({
        message: expect.stringMatching(new RegExp(pattern)),
        extensions: expect.objectContaining({ code }),
      }),
    ],
  });
}

describe.each(BROKERS)("queues on %s", (broker) => {
  const gateway = sharedGateway({
    broker,
    ...(broker === "rabbitmq" && { managementUrl: sharedRabbitMq().managementUrl }),
  });
  const asked = (document: string, variables: Record<string, unknown> = {}) =>
    gateway().graphql(document, variables);
  const declare = (input: Record<string, unknown>) => asked(DECLARE_QUEUE, { input });
  const queueNamed = async (name: string) => dataOf(await asked(QUEUE_NAMED, { name }))["queue"];

  test("one is declared, declared again, found, listed and deleted", async () => {
    const name = unique();
    const input = { name, maxLength: 5, messageTtlMs: 3_600_000 };
    const expected = {
      name,
      type: "CLASSIC",
      durable: true,
      autoDelete: false,
      exclusive: false,
      arguments: { "x-max-length": 5, "x-message-ttl": 3_600_000, "x-queue-type": "classic" },
      messagesReady: 0,
      consumers: 0,
      bindings: [],
    };
    expect(dataOf(await declare(input))).toEqual({ declareQueue: expected });
    await published(gateway(), { exchange: "", routingKey: name });
    const holding = { ...expected, messagesReady: 1 };
    expect(dataOf(await declare(input))).toEqual({ declareQueue: holding });
    expect(await queueNamed(name)).toEqual(holding);
    const { queues } = dataOf(await asked(QUEUES));
    expect(queues).toContainEqual(expect.objectContaining(holding));

    expect(await declare({ ...input, maxLength: 6 })).toEqual(
      failed("PRECONDITION_FAILED", name, "x-max-length", "5", "6"),
    );
    expect(await declare({ ...input, durable: false })).toEqual(
      failed("PRECONDITION_FAILED", name, "durable", "true", "false"),
    );

    expect(await asked(DELETE_QUEUE, { name, ifEmpty: true })).toEqual(
      failed("PRECONDITION_FAILED", name),
    );
    expect(dataOf(await asked(DELETE_QUEUE, { name }))).toEqual({ deleteQueue: 1 });
    expect(dataOf(await asked(DELETE_QUEUE, { name }))).toEqual({ deleteQueue: 0 });
    expect(await queueNamed(name)).toBeNull();
  });

  test("queues are sorted, each with its own bindings", async () => {
    const names = [unique(), unique(), unique()];
    const exchange = await declared(gateway(), "TOPIC");
    for (const name of names) {
      await declare({ name });
      const input = { source: exchange, destination: name, routingKey: name };
      dataOf(await asked(BIND, { input }));
    }
    const { queues } = dataOf(await asked(QUEUES)) as { queues: { name: string }[] };
    const listed = queues.map(({ name }) => name);
    expect(listed).toEqual(listed.toSorted());
    for (const name of names)
      expect(queues).toContainEqual(
        expect.objectContaining({
          name,
          bindings: [
            {
              source: exchange,
              destination: name,
              destinationType: "QUEUE",
              routingKey: name,
              arguments: {},
            },
          ],
        }),
      );
    for (const name of names) dataOf(await asked(DELETE_QUEUE, { name }));
  });

  test("a binding to a headers exchange is read from both of its ends", async () => {
    const name = unique();
    const exchange = await declared(gateway(), "HEADERS");
    await declare({ name });
    const input = {
      source: exchange,
      destination: name,
      headers: { match: "ANY", values: { colour: "red", size: 5 } },
    };
    const { bind } = dataOf(await asked(BIND, { input }));
    const ends = dataOf(
      await asked(
        `query Ends($exchange: String!, $queue: String!) {
          exchange(name: $exchange) { name type typeName bindings { ...Parts } }
          queue(name: $queue) { bindings { ...Parts } }
          missing: exchange(name: "no such exchange") { name }
        }
        fragment Parts on Binding { source destination destinationType routingKey arguments }`,
        { exchange, queue: name },
      ),
    );
    expect(ends).toEqual({
      exchange: { name: exchange, type: "HEADERS", typeName: "headers", bindings: [bind] },
      queue: { bindings: [bind] },
      missing: null,
    });
    expect(bind).toMatchObject({ arguments: { "x-match": "any", colour: "red", size: 5 } });
    dataOf(await asked(DELETE_QUEUE, { name }));
  });

  test("exchanges are sorted, the broker's own first", async () => {
    const exchange = await declared(gateway(), "FANOUT");
    const { exchanges } = dataOf(
      await asked("{ exchanges { name type bindings { destination } } }"),
    ) as { exchanges: { name: string }[] };
    const names = exchanges.map(({ name }) => name);
    expect(names).toEqual(names.toSorted());
    expect(names).toEqual(
      expect.arrayContaining([
        "",
        "amq.direct",
        "amq.fanout",
        "amq.headers",
        "amq.topic",
        exchange,
      ]),
    );
    expect(exchanges).toContainEqual({ name: exchange, type: "FANOUT", bindings: [] });
  });

  test("the gateway's own queues are nobody else's", async () => {
    const exchange = await declared(gateway(), "TOPIC");
    await withSocket(gateway(), async (socket) => {
      await liveFeed(socket, { exchange });
      const seen = dataOf(
        await asked(
          "query Seen($exchange: String!) { queues { name } exchange(name: $exchange) { bindings { destination } } }",
          { exchange },
        ),
      );
      expect(JSON.stringify(seen)).not.toContain("gql.");
      expect(seen).toMatchObject({ exchange: { bindings: [] } });
    });
    expect(await queueNamed("gql.any")).toBeNull();
    const name = "gql.any";
    for (const refused of [
      await declare({ name }),
      await asked(DELETE_QUEUE, { name }),
      await asked(PURGE_QUEUE, { name }),
    ])
      expect(refused).toEqual(failed("FORBIDDEN", name));
  });

  test.each([
    [{ maxPriority: 2, type: "QUORUM" }, "BAD_USER_INPUT", ["maxPriority", "QUORUM"]],
    [{ deadLetterQueue: "a", deadLetterExchange: "b" }, "BAD_USER_INPUT", ["deadLetterQueue"]],
    [{ maxLength: -1 }, "BAD_USER_INPUT", ["maxLength", "-1"]],
    [{ name: "" }, "BAD_USER_INPUT", ["name"]],
    [{ name: "amq.mine" }, "FORBIDDEN", ["amq.mine"]],
  ])("%j is %s", async (more, code, named) => {
    expect(await declare({ name: unique(), ...more })).toEqual(failed(code, ...named));
  });
});

describe("queues of RabbitMQ's own kinds", () => {
  const gateway = sharedGateway({
    broker: "rabbitmq",
    managementUrl: sharedRabbitMq().managementUrl,
  });
  const declare = (input: Record<string, unknown>) => gateway().graphql(DECLARE_QUEUE, { input });
  const found = async (name: string) =>
    dataOf(await gateway().graphql(QUEUE_NAMED, { name }))["queue"];

  test.each([
    { type: "QUORUM", deliveryLimit: 3, overflow: "REJECT_PUBLISH", maxLength: 10 },
    { type: "STREAM", maxAgeSeconds: 3600, maxLengthBytes: 1_000_000 },
    { type: "CLASSIC", maxPriority: 4, expiresMs: 3_600_000, singleActiveConsumer: true },
  ])("%j reads as it was declared", async (options) => {
    const name = unique();
    const { declareQueue } = dataOf(await declare({ name, ...options }));
    expect(declareQueue).toMatchObject({ name, type: options.type });
    const { queue } = dataOf(await gateway().graphql(QUEUE_NAMED, { name }));
    expect(queue).toEqual(declareQueue);
    dataOf(await gateway().graphql(DELETE_QUEUE, { name }));
  });

  test("deadLetterQueue declares both, and dead letters go straight into it", async () => {
    const [name, dead] = [unique(), unique()];
    const input = { name, deadLetterQueue: dead, messageTtlMs: 0 };
    dataOf(await declare(input));
    await published(gateway(), { exchange: "", routingKey: name });
    await expect
      .poll(async () => dataOf(await gateway().graphql(QUEUE_NAMED, { name: dead }))["queue"])
      .toMatchObject({ name: dead, type: "CLASSIC", durable: true, messagesReady: 1 });
    // Again, with the queue as it is.
    dataOf(await declare(input));
    for (const each of [name, dead]) dataOf(await gateway().graphql(DELETE_QUEUE, { name: each }));
  });

  test("a quorum queue's dead letters are replicated too, and one that is there is taken", async () => {
    const [name, dead, own] = [unique(), unique(), unique()];
    dataOf(await declare({ name, deadLetterQueue: dead, type: "QUORUM" }));
    expect(await found(dead)).toMatchObject({ type: "QUORUM", durable: true });
    dataOf(await declare({ name: own, maxLength: 7 }));
    const other = unique();
    dataOf(await declare({ name: other, deadLetterQueue: own }));
    expect(await found(own)).toMatchObject({ arguments: { "x-max-length": 7 } });
    for (const each of [name, dead, own, other])
      dataOf(await gateway().graphql(DELETE_QUEUE, { name: each }));
  });

  test("what the broker refuses is told with the argument", async () => {
    const refused: FormattedExecutionResult = await declare({
      name: unique(),
      arguments: { "x-max-length": "five" },
    });
    expect(refused).toEqual(failed("PRECONDITION_FAILED", "x-max-length", "five"));
  });

  test("messages are purged", async () => {
    const name = unique();
    dataOf(await declare({ name }));
    for (let sent = 0; sent < 3; sent++)
      await published(gateway(), { exchange: "", routingKey: name });
    expect(dataOf(await gateway().graphql(PURGE_QUEUE, { name }))).toEqual({ purgeQueue: 3 });
    dataOf(await gateway().graphql(DELETE_QUEUE, { name }));
    expect(codesOf(await gateway().graphql(PURGE_QUEUE, { name }))).toEqual(["NOT_FOUND"]);
  });
});
