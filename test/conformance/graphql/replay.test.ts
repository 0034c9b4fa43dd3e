import { randomUUID } from "node:crypto";
import { connect } from "amqplib";
import { describe, expect, onTestFinished, test } from "vitest";
import { startGateway } from "../../harness/gateway.ts";
import { metricOf } from "../../harness/metric.ts";
import { numbered, openTestStream, type TestStream } from "../../harness/stream.ts";
import { expectNothingInternal } from "./support/nothing-internal.ts";
import { sharedGateway, withSocket } from "./support/shared-gateway.ts";
import { openSse } from "./support/sse-stream.ts";
import { codesOf, eventOf, nextEvents, type Received } from "./support/user.ts";

const REPLAY = /* GraphQL */ `
  subscription Replay($stream: String!, $from: ReplayFrom!) {
    replay(stream: $stream, from: $from) {
      routingKey
      text
      cursor
      gap {
        cause
        from
        until
        dropped
      }
    }
  }
`;

const FIRST = { position: "FIRST" };

const textsOf = (events: readonly Received[]) => events.map(({ text }) => text);
const lastCursor = (events: readonly Received[]) => String(events.at(-1)?.["cursor"]);

describe("replay, over RabbitMQ", () => {
  const gateway = sharedGateway({ broker: "rabbitmq" });

  async function newStream(more: Record<string, unknown> = {}): Promise<TestStream> {
    const stream = await openTestStream(gateway().rabbitMq?.amqpUrl ?? "", more);
    onTestFinished(() => stream.close());
    return stream;
  }

  test("gives every message with its cursor, and goes on into what is published", async () => {
    const stream = await newStream();
    await stream.publish(numbered(0, 250));
    await withSocket(gateway(), async (socket) => {
      const replay = socket.subscribe(REPLAY, { stream: stream.name, from: FIRST });
      const old = await nextEvents(replay, 250);
      expect(textsOf(old)).toEqual(numbered(0, 250));
      expect(new Set(old.map(({ cursor }) => cursor)).size).toBe(250);
      await stream.publish(["new"]);
      expect(await nextEvents(replay, 1)).toEqual([
        {
          routingKey: stream.name,
          text: "new",
          cursor: expect.stringMatching(/^[\w-]{60,}$/),
          gap: null,
        },
      ]);
    });
  });

  test.for([
    ["the last", { position: "LAST" }, ["2", "3"]],
    ["the next", { position: "NEXT" }, ["3"]],
    ["a time", { since: "2026-01-01T00:00:02.000Z" }, ["2", "3"]],
  ] as const)("begins with %s", async ([, from, texts]) => {
    const stream = await newStream();
    for (const text of ["0", "1", "2"])
      await stream.publish([text], { timestamp: Date.UTC(2026, 0, 1) / 1000 + Number(text) });
    await withSocket(gateway(), async (socket) => {
      const replay = socket.subscribe(REPLAY, { stream: stream.name, from });
      // It is open when the gateway answers what was asked for after it has its reader.
      const before = texts.length > 1 ? await nextEvents(replay, 1) : await isReading();
      await stream.publish(["3"]);
      expect(textsOf([...before, ...(await nextEvents(replay, 1))])).toEqual(texts);
    });
  });

  /** Resolves when the gateway has one replay more on the broker than there were. */
  async function isReading(): Promise<Received[]> {
    await expect
      .poll(() => metricOf(gateway(), "rabbitql_subscribers"), { timeout: 5_000 })
      .toBe(1);
    return [];
  }

  test("resumes after a cursor, over a WebSocket and over SSE, and on another instance with the secret", async () => {
    const stream = await newStream();
    const { amqpUrl } = gateway().rabbitMq ?? {};
    const cursorSecret = randomUUID();
    const open = () =>
      startGateway({ broker: "rabbitmq", ...(amqpUrl && { amqpUrl }), cursorSecret });
    const [one, other] = [await open(), await open()];
    onTestFinished(async () => void (await Promise.all([one.close(), other.close()])));
    await stream.publish(numbered(0, 30));
    const cursor = await withSocket(one, async (socket) => {
      const replay = socket.subscribe(REPLAY, { stream: stream.name, from: FIRST });
      return lastCursor(await nextEvents(replay, 10));
    });
    const from = { cursor };
    await withSocket(other, async (socket) => {
      const replay = socket.subscribe(REPLAY, { stream: stream.name, from });
      expect(textsOf(await nextEvents(replay, 20))).toEqual(numbered(10, 20));
    });
    const sse = await openSse(other, REPLAY, { stream: stream.name, from });
    const events: Received[] = [];
    while (events.length < 20) events.push(eventOf(await sse.next()));
    expect(textsOf(events)).toEqual(numbered(10, 20));
    sse.abort();
    const refused = await openSse(gateway(), REPLAY, { stream: stream.name, from });
    expect(codesOf(await refused.next())).toEqual(["BAD_USER_INPUT"]);
    await refused.ended;
  });

  test("refuses cursors that are not the stream's, and says why", async () => {
    const [stream, neighbour] = [await newStream(), await newStream()];
    await stream.publish(["0"]);
    await withSocket(gateway(), async (socket) => {
      const replay = socket.subscribe(REPLAY, { stream: stream.name, from: FIRST });
      const cursor = lastCursor(await nextEvents(replay, 1));
      const last = cursor.at(-5) === "A" ? "B" : "A";
      const forged = cursor.slice(0, -5) + last + cursor.slice(-4);
      for (const wrong of ["", "0", "abc", forged, cursor.slice(1), `${cursor}=`, "-1", "5.5"]) {
        const from = { cursor: wrong };
        const result = await socket.execute(REPLAY, { stream: stream.name, from });
        expect([wrong, ...codesOf(result)]).toEqual([wrong, "BAD_USER_INPUT"]);
        expect(result.errors?.[0]?.message).toMatch(/cursor .* message/);
      }
      const foreign = await socket.execute(REPLAY, { stream: neighbour.name, from: { cursor } });
      expect(codesOf(foreign)).toEqual(["BAD_USER_INPUT"]);
      expect(foreign.errors?.[0]?.message).toContain(neighbour.name);
      expect(foreign.errors?.[0]?.message).not.toContain(stream.name);
      expect(socket.isOpen).toBe(true);
    });
  });

  test("tells a stream that was made anew as HISTORY_REPLACED, with the bounds of the gap", async () => {
    const stream = await newStream();
    await stream.publish(numbered(0, 3));
    await withSocket(gateway(), async (socket) => {
      const replay = socket.subscribe(REPLAY, { stream: stream.name, from: FIRST });
      const cursor = lastCursor(await nextEvents(replay, 3));
      replay.complete();
      await stream.replace();
      await stream.publish(numbered(10, 5));
      const resumed = socket.subscribe(REPLAY, { stream: stream.name, from: { cursor } });
      const events = await nextEvents(resumed, 5);
      expect(textsOf(events)).toEqual(numbered(10, 5));
      const DATE = expect.stringMatching(/^2\d{3}-.*Z$/);
      expect(events.map(({ gap }) => gap)).toEqual([
        { cause: "HISTORY_REPLACED", from: DATE, until: DATE, dropped: null },
        null,
        null,
        null,
        null,
      ]);
    });
  });

  test("refuses what is no stream, what is not there, and a from that is none", async () => {
    const { amqpUrl } = gateway().rabbitMq ?? { amqpUrl: "" };
    const connection = await connect(amqpUrl);
    const channel = await connection.createChannel();
    const { queue } = await channel.assertQueue(`queue-${randomUUID()}`, { durable: true });
    await withSocket(gateway(), async (socket) => {
      const refused = async (stream: string, from: object) =>
        codesOf(await socket.execute(REPLAY, { stream, from }));
      expect(await refused(queue, FIRST)).toEqual(["PRECONDITION_FAILED"]);
      expect(await refused(`missing-${randomUUID()}`, FIRST)).toEqual(["NOT_FOUND"]);
      expect(await refused("", FIRST)).toEqual(["BAD_USER_INPUT"]);
      expect(await refused("x".repeat(256), FIRST)).toEqual(["BAD_USER_INPUT"]);
      for (const from of [{}, { position: "FIRST", cursor: "a" }, { since: "yesterday" }])
        expect(await refused(queue, from)).toEqual(["BAD_USER_INPUT"]);
      expectNothingInternal(socket.texts);
    });
    await channel.deleteQueue(queue);
    await connection.close();
  });

  test("ends with NOT_FOUND where the stream is deleted", async () => {
    const stream = await newStream();
    await stream.publish(["0"]);
    await withSocket(gateway(), async (socket) => {
      const replay = socket.subscribe(REPLAY, { stream: stream.name, from: FIRST });
      await nextEvents(replay, 1);
      await stream.remove();
      expect(codesOf(await replay.next())).toEqual(["NOT_FOUND"]);
      expect(await replay.ended).toBe("error");
    });
  });

  test("is bounded in number, and a place is free again when one has ended", async () => {
    const stream = await newStream();
    await stream.publish(["0"]);
    const { amqpUrl } = gateway().rabbitMq ?? { amqpUrl: "" };
    const small = await startGateway({ broker: "rabbitmq", amqpUrl, maxReplays: 1 });
    onTestFinished(() => small.close());
    await withSocket(small, async (socket) => {
      const asked = { stream: stream.name, from: FIRST };
      const replay = socket.subscribe(REPLAY, asked);
      await nextEvents(replay, 1);
      expect(codesOf(await socket.execute(REPLAY, asked))).toEqual(["LIMIT_EXCEEDED"]);
      replay.complete();
      await expect
        .poll(async () => codesOf(await socket.execute(REPLAY, asked)), { timeout: 5_000 })
        .toEqual([]);
    });
  });
});

describe("replay, over the embedded broker", () => {
  const gateway = sharedGateway({ broker: "embedded" });

  test("is NOT_SUPPORTED", async () => {
    await withSocket(gateway(), async (socket) => {
      const result = await socket.execute(REPLAY, { stream: "orders", from: FIRST });
      expect(codesOf(result)).toEqual(["NOT_SUPPORTED"]);
    });
  });
});
