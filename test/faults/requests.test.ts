import { randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { connect, type ConfirmChannel, type ConsumeMessage } from "amqplib";
import { describe, expect, onTestFinished, test } from "vitest";
import { createRabbitMqAdapter } from "../../src/broker/rabbitmq/rabbitmq-adapter.ts";
import { resolveConfig } from "../../src/config/config.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { message as outgoing } from "../conformance/broker-contract/fixtures.ts";
import { codesOf, dataOf } from "../conformance/graphql/support/user.ts";
import { sharedGateway } from "../conformance/graphql/support/shared-gateway.ts";
import { ProtocolSocket } from "../conformance/graphql/support/protocol-socket.ts";
import { connected } from "../harness/connected.ts";
import { eventually } from "../harness/eventually.ts";
import { startGateway, type TestGateway } from "../harness/gateway.ts";
import { measured } from "./support/measured.ts";

const REQUEST = `mutation ($input: PublishInput!, $timeoutMs: Int!) {
  request(input: $input, timeoutMs: $timeoutMs) { text }
}`;

const IN_FLIGHT = 10_000;

interface ConnectionSeen {
  readonly name: string;
  readonly client_properties: { readonly connection_name?: string };
}

/** A responder over AMQP: `asked` has each request and the channel to answer it on. */
async function responder(
  amqpUrl: string,
  queue: string,
  asked: (message: ConsumeMessage, channel: ConfirmChannel) => void,
  { noAck = true } = {},
): Promise<{ channel: ConfirmChannel; leave: () => Promise<void> }> {
  const connection = await connect(amqpUrl);
  let hasLeft = false;
  const leave = async () => {
    if (!hasLeft) await connection.close();
    hasLeft = true;
  };
  onTestFinished(leave);
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue(queue);
  await channel.consume(queue, (message) => message && asked(message, channel), { noAck });
  return { channel, leave };
}

function reply({ properties, content }: ConsumeMessage, channel: ConfirmChannel, text?: string) {
  const { correlationId } = properties as { correlationId: string };
  const body = text === undefined ? content : Buffer.from(text);
  channel.publish("", String(properties.replyTo), body, { correlationId });
}

function asking(gateway: TestGateway, queue: string, text: string, timeoutMs = 20_000) {
  const input = {
    exchange: "",
    routingKey: queue,
    body: { text },
    properties: { persistent: false },
  };
  return gateway.graphql(REQUEST, { input, timeoutMs });
}

describe("fault 39: a request has one result, its own reply or an error", () => {
  const gateway = sharedGateway({ broker: "rabbitmq" });
  const amqpUrl = () => gateway().rabbitMq?.amqpUrl ?? "";

  test("the responder goes with the request: REQUEST_TIMEOUT", async () => {
    const queue = randomUUID();
    const taken = new EventEmitter();
    const isTaken = once(taken, "request");
    const { leave } = await responder(amqpUrl(), queue, () => taken.emit("request"));
    const asked = asking(gateway(), queue, "?", 1_000);
    await isTaken;
    await leave();
    expect(codesOf(await asked)).toEqual(["REQUEST_TIMEOUT"]);
  });

  test("the responder goes and another takes over: one reply", async () => {
    const queue = randomUUID();
    const taken = new EventEmitter();
    const isTaken = once(taken, "request");
    const { leave } = await responder(amqpUrl(), queue, () => taken.emit("request"), {
      noAck: false,
    });
    const asked = asking(gateway(), queue, "?");
    await isTaken;
    await responder(amqpUrl(), queue, (message, channel) => reply(message, channel, "the other's"));
    await leave();
    expect(dataOf(await asked)).toEqual({ request: { text: "the other's" } });
  });

  test("the requester goes: its reply is nobody else's", async () => {
    const queue = randomUUID();
    const held: ConsumeMessage[] = [];
    const { channel } = await responder(amqpUrl(), queue, (message) => held.push(message));
    const leaving = await startGateway({ broker: "rabbitmq", amqpUrl: amqpUrl() });
    onTestFinished(() => leaving.close());
    const lost = asking(leaving, queue, "of the one that goes", 1_000).catch(() => undefined);
    await eventually(() => expect(held).toHaveLength(1));
    const staying = asking(gateway(), queue, "of the one that stays");
    await eventually(() => expect(held).toHaveLength(2));
    await leaving.close();
    await lost;
    for (const message of held) reply(message, channel);
    await channel.waitForConfirms();
    expect(dataOf(await staying)).toEqual({ request: { text: "of the one that stays" } });
  });

  test("replies that are late, doubled, or to nothing that was asked reach nobody", async () => {
    const queue = randomUUID();
    const held: ConsumeMessage[] = [];
    const { channel } = await responder(amqpUrl(), queue, (message) => held.push(message));
    expect(codesOf(await asking(gateway(), queue, "late", 200))).toEqual(["REQUEST_TIMEOUT"]);
    const texts = Array.from({ length: 50 }, (_, place) => `request ${place}`);
    const asked = texts.map((text) => asking(gateway(), queue, text));
    await eventually(() => expect(held).toHaveLength(51));
    for (const message of held) for (let times = 0; times < 2; times++) reply(message, channel);
    channel.publish("", String(held[0]?.properties.replyTo), Buffer.from("made up"), {
      correlationId: randomUUID(),
    });
    expect((await Promise.all(asked)).map(dataOf)).toEqual(
      texts.map((text) => ({ request: { text } })),
    );
  });

  test("the connection for replies is lost: CONFIRM_UNKNOWN at once, and the next works", async () => {
    const queue = randomUUID();
    const held: ConsumeMessage[] = [];
    const { channel } = await responder(amqpUrl(), queue, (message) => held.push(message));
    const asked = asking(gateway(), queue, "lost");
    await eventually(() => expect(held).toHaveLength(1));
    const { rabbitMq } = gateway();
    const [connection] = await eventually(
      async () => {
        const all = (await rabbitMq?.management("/api/connections")) as ConnectionSeen[];
        const found = all.filter(
          ({ client_properties: { connection_name: name } }) => name?.endsWith(" replies") === true,
        );
        expect(found.length).toBeGreaterThan(0);
        return found;
      },
      { timeoutMs: 15_000 },
    );
    await rabbitMq?.management(`/api/connections/${encodeURIComponent(connection?.name ?? "")}`, {
      method: "DELETE",
    });
    expect(codesOf(await asked)).toEqual(["CONFIRM_UNKNOWN"]);
    for (const message of held) reply(message, channel);
    const next = asking(gateway(), queue, "next");
    await eventually(() => expect(held).toHaveLength(2));
    for (const message of held) reply(message, channel);
    expect(dataOf(await next)).toEqual({ request: { text: "next" } });
  });

  test("ten thousand in flight, answered in the opposite order, have each their own reply", async () => {
    const queue = randomUUID();
    const held: ConsumeMessage[] = [];
    const taken = new EventEmitter();
    const areThere = once(taken, "all");
    const { channel } = await responder(amqpUrl(), queue, (message) => {
      if (held.push(message) === IN_FLIGHT) taken.emit("all");
    });
    const config = resolveConfig({ amqpUrl: amqpUrl(), publishWaitMs: 60_000 });
    const logger = createLogger({ level: "silent" });
    const adapter = createRabbitMqAdapter({ ...config, url: amqpUrl(), logger });
    onTestFinished(() => adapter.close());
    adapter.open();
    await connected(adapter);
    const startedAt = performance.now();
    const asked = Array.from({ length: IN_FLIGHT }, (_, place) =>
      adapter.request(outgoing("", queue, { body: Buffer.from(String(place)) }), {
        timeoutMs: 120_000,
      }),
    );
    await areThere;
    const askedMs = performance.now() - startedAt;
    for (const request of held.toReversed()) reply(request, channel);
    const replies = await Promise.all(asked);
    const answeredMs = performance.now() - startedAt - askedMs;
    measured(
      "39",
      `${IN_FLIGHT} requests in flight after ${Math.round(askedMs)} ms, all answered ${Math.round(answeredMs)} ms later`,
    );
    expect(replies.every(({ text }, place) => text === String(place))).toBe(true);
  }, 120_000);

  test("ten thousand in flight over one WebSocket, answered in the opposite order, have each their own reply", async () => {
    const queue = randomUUID();
    const held: ConsumeMessage[] = [];
    const taken = new EventEmitter();
    const areThere = once(taken, "all");
    const { channel } = await responder(amqpUrl(), queue, (message) => {
      if (held.push(message) === IN_FLIGHT) taken.emit("all");
    });
    const asked = await startGateway({
      broker: "rabbitmq",
      amqpUrl: amqpUrl(),
      maxOperationsPerSocket: IN_FLIGHT,
      publishWaitMs: 60_000,
    });
    onTestFinished(() => asked.close());
    const socket = await ProtocolSocket.open(asked.wsUrl);
    const startedAt = performance.now();
    const replies = Array.from({ length: IN_FLIGHT }, (_, place) =>
      socket.execute(REQUEST, {
        input: {
          exchange: "",
          routingKey: queue,
          body: { text: String(place) },
          properties: { persistent: false },
        },
        timeoutMs: 120_000,
      }),
    );
    // Whatever is answered before all of them are there is an error.
    await Promise.race([
      areThere,
      ...replies.map(async (result) => expect((await result).errors).toBeUndefined()),
    ]);
    const askedMs = performance.now() - startedAt;
    for (const request of held.toReversed()) reply(request, channel);
    const texts = (await Promise.all(replies)).map((result) => dataOf(result));
    const answeredMs = performance.now() - startedAt - askedMs;
    measured(
      "39",
      `${IN_FLIGHT} requests in flight over one WebSocket after ${Math.round(askedMs)} ms, all answered ${Math.round(answeredMs)} ms later`,
    );
    expect(texts).toEqual(replies.map((_, place) => ({ request: { text: String(place) } })));
    await socket.close();
  }, 180_000);
});
