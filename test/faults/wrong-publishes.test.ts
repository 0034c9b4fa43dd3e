import { connect } from "amqplib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { PUBLISH } from "../conformance/graphql/support/documents.ts";
import { codesOf, dataOf } from "../conformance/graphql/support/user.ts";
import { eventually } from "../harness/eventually.ts";
import { startGateway, type TestGateway } from "../harness/gateway.ts";
import { startPrivateRabbitMq } from "../harness/rabbitmq/private.ts";
import type { PrivateRabbitMq } from "../harness/rabbitmq/rabbitmq.ts";
import { startTcpProxy, type TcpProxy } from "../harness/tcp-proxy.ts";
import { measured } from "./support/measured.ts";

const KIB = 1_024;
const MIB = 1_048_576;

/** Each of these, on its way to the broker, would have closed a channel there or its connection. */
const WRONG: readonly (readonly [string, Record<string, unknown>, code: string])[] = [
  ["another user's id", { properties: { userId: "somebody-else" } }, "BAD_USER_INPUT"],
  ["an expiration that is negative", { properties: { expirationMs: -1 } }, "BAD_USER_INPUT"],
  ["CC that is a string", { headers: { CC: "a.key" } }, "BAD_USER_INPUT"],
  ["BCC that holds a number", { headers: { BCC: ["a.key", 1] } }, "BAD_USER_INPUT"],
  ["a priority of 256", { properties: { priority: 256 } }, "BAD_USER_INPUT"],
  ["a routing key of 256 bytes", { routingKey: "x".repeat(256) }, "BAD_USER_INPUT"],
  ["headers over 64 KiB", { headers: { large: "x".repeat(65 * KIB) } }, "LIMIT_EXCEEDED"],
  [
    "a header that names a type",
    { headers: { at: { "!": "timestamp", value: 1 } } },
    "BAD_USER_INPUT",
  ],
  [
    "a header __proto__",
    { headers: JSON.parse('{"__proto__": {"polluted": 1}}') },
    "BAD_USER_INPUT",
  ],
  [
    "a header __proto__ further in",
    { headers: JSON.parse('{"a": {"__proto__": 1}}') },
    "BAD_USER_INPUT",
  ],
];

describe("before any of it reaches the broker", () => {
  let rabbitMq: PrivateRabbitMq;
  let proxy: TcpProxy;
  let gateway: TestGateway;

  beforeAll(async () => {
    rabbitMq = await startPrivateRabbitMq();
    const amqpUrl = new URL(rabbitMq.amqpUrl);
    proxy = await startTcpProxy({ port: Number(amqpUrl.port) });
    amqpUrl.port = String(proxy.port);
    gateway = await startGateway({
      broker: "rabbitmq",
      amqpUrl: amqpUrl.href,
      maxMessageBytes: 16 * MIB,
      subscriberMaxBytes: 16 * MIB,
    });
  });
  afterAll(async () => {
    await gateway.close();
    await proxy.close();
    await rabbitMq.dispose();
  });

  const publish = (more: Record<string, unknown>) =>
    gateway.graphql(PUBLISH, {
      input: { exchange: "amq.topic", routingKey: "a", body: { text: "x" }, ...more },
    });

  test("fault 26: what is wrong with a message is told, and no channel is closed", async () => {
    dataOf(await publish({}));
    const before = await closings(rabbitMq);
    for (const [what, more, code] of WRONG) {
      expect.soft(codesOf(await publish(more)), what).toEqual([code]);
      expect.soft(codesOf(await publish({})), `after ${what}`).toEqual([]);
    }
    const after = await closings(rabbitMq);
    const ours = { channels: 1, connections: 1 };
    measured(
      "26",
      `${WRONG.length} wrong publishes, ${after.channels - before.channels - 1} channels closed`,
    );
    expect(after.channels - before.channels).toBe(ours.channels);
    expect(after.connections - before.connections).toBe(ours.connections);
  });

  test("fault 32: a body of 16 MiB and a byte is too large, and one of 16 MiB is not", async () => {
    const text = "x".repeat(16 * MIB);
    // Nothing that the broker would have to be asked could be answered.
    proxy.stall(true);
    const startedAt = performance.now();
    expect(codesOf(await publish({ body: { text: `${text}x` } }))).toEqual(["MESSAGE_TOO_LARGE"]);
    measured(
      "32",
      `MESSAGE_TOO_LARGE in ${Math.round(performance.now() - startedAt)} ms, the broker cut off`,
    );
    proxy.stall(false);
    expect(codesOf(await publish({ body: { text } }))).toEqual([]);
  });
});

const churn = z.object({
  churn_rates: z.object({
    channel_closed: z.number().default(0),
    connection_closed: z.number().default(0),
  }),
});

/**
 * How many channels and connections have been closed on the broker: its statistics lag, so that one of each is closed
 * here and waited for, after which everything before has been counted.
 */
async function closings(
  rabbitMq: PrivateRabbitMq,
): Promise<{ channels: number; connections: number }> {
  const counted = async () => churn.parse(await rabbitMq.management("/api/overview")).churn_rates;
  const { connection_closed: before } = await counted();
  const connection = await connect(rabbitMq.amqpUrl);
  await (await connection.createChannel()).close();
  await connection.close();
  return await eventually(
    async () => {
      const { channel_closed: channels, connection_closed: connections } = await counted();
      expect(connections).toBeGreaterThan(before);
      return { channels, connections };
    },
    { timeoutMs: 20_000, intervalMs: 100 },
  );
}
