import { expect, onTestFinished, test } from "vitest";
import { ProtocolSocket } from "../conformance/graphql/support/protocol-socket.ts";
import { codesOf, nextEvents } from "../conformance/graphql/support/user.ts";
import { eventually } from "../harness/eventually.ts";
import { startGateway } from "../harness/gateway.ts";
import { metricOf } from "../harness/metric.ts";
import { forceClose } from "../harness/rabbitmq/broker-user.ts";
import { numbered, openTestStream } from "../harness/stream.ts";

const REPLAY = /* GraphQL */ `
  subscription ($stream: String!, $from: ReplayFrom!) {
    replay(stream: $stream, from: $from) {
      text
      cursor
      gap {
        cause
      }
    }
  }
`;
const MESSAGES = 10_000;
const EVERY = 500;
const OPENED = `rabbitql_broker_connections_opened_total{connection="streams"}`;

test("faults 27 and 37: 10,000 messages come once each and in order, over a disconnect every 500; bad places reach no broker", async () => {
  const gateway = await startGateway({ broker: "rabbitmq" });
  onTestFinished(() => gateway.close());
  const stream = await openTestStream(gateway.rabbitMq?.amqpUrl ?? "");
  onTestFinished(() => stream.close());
  await stream.publish(numbered(0, MESSAGES));

  let from: Record<string, unknown> = { position: "FIRST" };
  const texts: unknown[] = [];
  while (texts.length < MESSAGES) {
    const socket = await ProtocolSocket.open(gateway.wsUrl);
    const replay = socket.subscribe(REPLAY, { stream: stream.name, from });
    const events = await nextEvents(replay, EVERY);
    socket.socket.terminate();
    expect(events.filter(({ gap }) => gap !== null)).toEqual([]);
    texts.push(...events.map(({ text }) => text));
    from = { cursor: events.at(-1)?.["cursor"] };
  }
  expect(texts).toEqual(numbered(0, MESSAGES));

  const socket = await ProtocolSocket.open(gateway.wsUrl);
  for (const cursor of ["abc", "5.5", "true", "-1", "{}", 5.5, true, -1, {}]) {
    const result = await socket.execute(REPLAY, { stream: stream.name, from: { cursor } });
    expect(codesOf(result)).toEqual(["BAD_USER_INPUT"]);
  }
  await socket.close();
  expect(await metricOf(gateway, OPENED)).toBe(1);
});

test("a replay goes on over a connection that the broker closes, once each and in order, and nobody else notices", async () => {
  const gateway = await startGateway({ broker: "rabbitmq", instance: "replays" });
  onTestFinished(() => gateway.close());
  const { rabbitMq } = gateway;
  if (!rabbitMq) throw new Error("The gateway has no RabbitMQ");
  const stream = await openTestStream(rabbitMq.amqpUrl);
  onTestFinished(() => stream.close());
  await stream.publish(numbered(0, MESSAGES));
  const socket = await ProtocolSocket.open(gateway.wsUrl);
  const from = { position: "FIRST" };
  const replay = socket.subscribe(REPLAY, { stream: stream.name, from });
  const before = await nextEvents(replay, 1);
  expect(await forceClose(rabbitMq, /^rabbitql replays streams$/)).toBe(1);
  await stream.publish(["after"]);
  const events = [...before, ...(await nextEvents(replay, MESSAGES))];
  expect(events.map(({ text }) => text)).toEqual([...numbered(0, MESSAGES), "after"]);
  expect(events.filter(({ gap }) => gap !== null)).toEqual([]);
  await eventually(async () => expect(await metricOf(gateway, OPENED)).toBe(2));
  await socket.close();
});
