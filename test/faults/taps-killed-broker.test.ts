import { connect } from "node:net";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { PUBLISH_BATCH } from "../conformance/graphql/support/documents.ts";
import type { Operation } from "../conformance/graphql/support/operation.ts";
import { ProtocolSocket } from "../conformance/graphql/support/protocol-socket.ts";
import { eventOf, liveFeed } from "../conformance/graphql/support/user.ts";
import { eventually } from "../harness/eventually.ts";
import { startGateway, type TestGateway } from "../harness/gateway.ts";
import { startPrivateRabbitMq } from "../harness/rabbitmq/private.ts";
import { measured } from "./support/measured.ts";

const SOCKETS = 20;
const FEEDS_EACH = 10;
const PATTERNS = Array.from({ length: 20 }, (_, place) => `pattern.${place}`);

/** Resolves as soon as somebody listens there. */
async function portOpens(port: number): Promise<number> {
  return await eventually(
    async () => {
      const socket = connect({ port, host: "127.0.0.1" });
      try {
        await once(socket, "connect");
      } finally {
        socket.destroy();
      }
      return performance.now();
    },
    { timeoutMs: 60_000, intervalMs: 10 },
  );
}

/** The events of a feed up to and with the next message. */
async function untilMessage(feed: Operation): Promise<Record<string, unknown>[]> {
  const events: Record<string, unknown>[] = [];
  for (;;) {
    const event = eventOf(await feed.next());
    events.push(event);
    if (event["__typename"] === "Message") return events;
  }
}

async function publishToAll(gateway: TestGateway): Promise<void> {
  const inputs = PATTERNS.map((routingKey) => ({
    exchange: "amq.topic",
    routingKey,
    body: { text: "x" },
  }));
  await gateway.graphql(PUBLISH_BATCH, { inputs });
}

test(
  "fault 2: 200 subscriptions go on within 5 s of the broker's return, after one gap each, on the same sockets",
  { timeout: 120_000 },
  async () => {
    const rabbitMq = await startPrivateRabbitMq();
    onTestFinished(() => rabbitMq.dispose());
    // With the settings that it comes with.
    const gateway = await startGateway({ broker: "rabbitmq", amqpUrl: rabbitMq.amqpUrl });
    onTestFinished(() => gateway.close());
    const sockets = await Promise.all(
      Array.from({ length: SOCKETS }, () => ProtocolSocket.open(gateway.wsUrl)),
    );
    const feeds = await Promise.all(
      sockets.flatMap((socket) =>
        Array.from({ length: FEEDS_EACH }, (_, place) =>
          liveFeed(socket, {
            exchange: "amq.topic",
            routingPatterns: [PATTERNS[(place * 7) % PATTERNS.length] ?? "", "for.all"],
          }),
        ),
      ),
    );
    const first = Promise.all(feeds.map(untilMessage));
    await publishToAll(gateway);
    for (const events of await first) expect(events).toHaveLength(1);
    const killedAt = Date.now();
    await rabbitMq.node.kill();

    let delivered = false;
    const received = Promise.all(feeds.map(untilMessage)).then((all) => {
      delivered = true;
      return { all, at: performance.now() };
    });
    const [openedAt] = await Promise.all([
      portOpens(Number(new URL(rabbitMq.amqpUrl).port)),
      rabbitMq.node.start(),
    ]);
    await eventually(
      async () => {
        await publishToAll(gateway);
        expect(delivered).toBe(true);
      },
      { timeoutMs: 30_000 },
    );
    const { all, at } = await received;
    measured(
      "2",
      `${feeds.length} subscriptions deliver ${Math.round(at - openedAt)} ms after the port is open`,
    );
    expect(at - openedAt).toBeLessThan(5_000);
    for (const events of all) {
      expect(events.map(({ __typename }) => __typename)).toEqual(["Gap", "Message"]);
      expect(events[0]).toMatchObject({ cause: "RECONNECTED", dropped: null });
      expect(Date.parse(String(events[0]?.["from"]))).toBeLessThanOrEqual(killedAt);
      expect(Date.parse(String(events[0]?.["until"]))).toBeGreaterThanOrEqual(killedAt);
    }
    expect(sockets.filter(({ isOpen }) => !isOpen)).toEqual([]);
    // What else has come are messages of the tries before the last, and nothing else.
    for (const feed of feeds)
      while (feed.results.size > 0)
        expect(eventOf(await feed.next())).toMatchObject({ __typename: "Message" });
    await Promise.all(sockets.map((socket) => socket.close()));
  },
);
