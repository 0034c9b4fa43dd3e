import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { eventually } from "../../harness/eventually.ts";
import { TestMessage } from "../../harness/test-message.ts";
import { BROKER_STATE } from "./support/documents.ts";
import type { Operation } from "./support/operation.ts";
import { ProtocolSocket } from "./support/protocol-socket.ts";
import { openRawSocket } from "./support/raw-socket.ts";
import { scriptedGateway, type ScriptedGateway } from "./support/scripted-gateway.ts";
import { deliverMany, STALL_BYTES } from "./support/stalled-reader.ts";
import { eventOf } from "./support/user.ts";

const KIB = 1_024;
const FEED = `subscription {
  feed(exchange: "orders") { __typename ... on Message { routingKey text } ... on Gap { cause dropped } }
}`;
const MESSAGES = `subscription {
  messages(exchange: "orders") { routingKey text gap { cause dropped } }
}`;

const CLOSE = 8;
const TOO_SLOW = 4508;

interface Told {
  readonly __typename?: string;
  readonly routingKey?: string;
  readonly cause?: string;
  readonly dropped?: number;
  readonly gap?: { readonly cause: string; readonly dropped: number } | null;
}

async function nextOf(operation: Operation): Promise<Told> {
  return eventOf(await operation.next());
}

/** What comes up to the message `last`, without it. */
async function toldUntil(operation: Operation, last: string): Promise<Told[]> {
  const told: Told[] = [];
  for (;;) {
    const event = await nextOf(operation);
    if (event.routingKey === last) return told;
    told.push(event);
  }
}

/** One client with a live feed that stops reading, and one that does not. */
async function stalledAndHealthy(gateway: ScriptedGateway) {
  const [stalled, healthy] = [
    await ProtocolSocket.open(gateway.wsUrl),
    await ProtocolSocket.open(gateway.wsUrl),
  ];
  const slow = stalled.subscribe(FEED);
  const tap = await gateway.liveTap();
  const fast = healthy.subscribe(FEED);
  for (const feed of [slow, fast]) expect(await nextOf(feed)).toEqual({ __typename: "Live" });
  return { stalled, slow, healthy, fast, tap };
}

const message = (routingKey: string) => new TestMessage({ routingKey });
const numbered = (count: number) => Array.from({ length: count }, (_, i) => String(i + 1));
const routingKeysOf = (told: readonly Told[]) => told.flatMap(({ routingKey }) => routingKey ?? []);

describe("a reader that stops and comes back", () => {
  test.for([
    ["large bounds", 64 * KIB, 1_024 * KIB],
    ["bounds smaller than a socket's own mark", 8 * KIB, 16 * KIB],
  ] as const)("is told the gap and receives again, with %s", async ([, bytes, maxBytes]) => {
    const gateway = await scriptedGateway({
      maxMessageBytes: bytes,
      subscriberMaxBytes: maxBytes,
      // Not the bound that this is about.
      subscriberMaxMessages: 100_000,
    });
    const { stalled, slow, fast, tap } = await stalledAndHealthy(gateway);
    const count = STALL_BYTES / bytes;
    stalled.socket.pause();
    await deliverMany(tap, { count, bytes });
    const [socket] = gateway.connections;
    expect(socket?.writableLength).toBeGreaterThan(0);
    expect(socket?.writableLength).toBeLessThan(1.1 * maxBytes + bytes);
    stalled.socket.resume();
    await eventually(() => expect(socket?.writableLength).toBe(0));
    tap.deliver(message("last"));
    const told = await toldUntil(slow, "last");
    const gaps = told.filter(({ cause }) => cause !== undefined);
    expect(gaps).toEqual([
      { __typename: "Gap", cause: "SLOW_CONSUMER", dropped: count - told.length + 1 },
    ]);
    expect(gaps[0]?.dropped).toBeGreaterThan(0);
    const received = routingKeysOf(told);
    expect(received).toEqual(numbered(count).filter((key) => received.includes(key)));
    expect(routingKeysOf(await toldUntil(fast, "last"))).toEqual(numbered(count));
  });

  test("is told on the next message where it asked for messages alone", async () => {
    const gateway = await scriptedGateway({ subscriberMaxMessages: 100_000 });
    const stalled = await ProtocolSocket.open(gateway.wsUrl);
    const slow = stalled.subscribe(MESSAGES);
    const tap = await gateway.liveTap();
    // Answered after the subscription has begun.
    await stalled.execute(BROKER_STATE);
    stalled.socket.pause();
    const count = STALL_BYTES / (64 * KIB);
    await deliverMany(tap, { count, bytes: 64 * KIB });
    stalled.socket.resume();
    const [socket] = gateway.connections;
    await eventually(() => expect(socket?.writableLength).toBe(0));
    tap.deliver(message("last"));
    const told = await toldUntil(slow, "last");
    const afterGap = told.filter(({ gap }) => gap);
    expect(afterGap).toHaveLength(1);
    expect(afterGap[0]?.gap).toEqual({ cause: "SLOW_CONSUMER", dropped: count - told.length });
  });
});

describe("a reader that stays away", () => {
  const BOUNDS = { subscriberMaxMessages: 10 };
  const STALL = { count: STALL_BYTES / (64 * KIB), bytes: 64 * KIB };

  test("is cut with 4508, its neighbour misses nothing, and it can come back", async () => {
    const gateway = await scriptedGateway(BOUNDS);
    const { stalled, healthy, fast, tap } = await stalledAndHealthy(gateway);
    stalled.socket.pause();
    await deliverMany(tap, STALL);
    tap.deliver(message("last"));
    stalled.socket.resume();
    expect(await stalled.closed).toMatchObject({ code: TOO_SLOW });
    expect(routingKeysOf(await toldUntil(fast, "last"))).toEqual(numbered(STALL.count));
    expect(healthy.isOpen).toBe(true);

    const again = await ProtocolSocket.open(gateway.wsUrl);
    const feed = again.subscribe(FEED);
    expect(await nextOf(feed)).toEqual({ __typename: "Live" });
    tap.deliver(message("after"));
    expect(await nextOf(feed)).toMatchObject({ routingKey: "after" });
  });

  test("is sent nothing more after the Close frame", async () => {
    const gateway = await scriptedGateway(BOUNDS);
    const client = await openRawSocket(gateway.port);
    client.send({ id: "1", type: "subscribe", payload: { query: FEED } });
    const tap = await gateway.liveTap();
    await client.until(2);
    client.socket.pause();
    await deliverMany(tap, STALL);
    client.socket.resume();
    // Nobody listens any more once it is cut.
    await eventually(() => expect(client.frames().at(-1)?.opcode).toBe(CLOSE));
    await deliverMany(tap, { count: 5, bytes: 1 });
    const frames = client.frames();
    expect(frames.map(({ opcode }) => opcode).indexOf(CLOSE)).toBe(frames.length - 1);
    expect(frames.at(-1)?.payload.readUInt16BE(0)).toBe(TOO_SLOW);
    client.socket.destroy();
    await tap.closed;
  });

  test("is forgotten with its connection", async () => {
    const gateway = await scriptedGateway(BOUNDS);
    const client = await openRawSocket(gateway.port);
    client.send({ id: "1", type: "subscribe", payload: { query: FEED } });
    const tap = await gateway.liveTap();
    await client.until(2);
    client.socket.pause();
    await deliverMany(tap, STALL);
    client.socket.resetAndDestroy();
    await tap.closed;
    expect(gateway.connections.size).toBe(0);
  });
});

test("eleven operations that are behind on one socket are no leak", async () => {
  const warnings: Error[] = [];
  const listener = (warning: Error) => warnings.push(warning);
  process.on("warning", listener);
  onTestFinished(() => void process.off("warning", listener));
  const gateway = await scriptedGateway({ subscriberMaxMessages: 100_000 });
  const socket = await ProtocolSocket.open(gateway.wsUrl);
  const feeds = Array.from({ length: 11 }, () => socket.subscribe(FEED));
  const tap = await gateway.liveTap();
  for (const feed of feeds) await nextOf(feed);
  socket.socket.pause();
  await deliverMany(tap, { count: STALL_BYTES / (64 * KIB), bytes: 64 * KIB });
  const [connection] = gateway.connections;
  // Each of them waits for the socket, so that the warning would be due.
  expect(connection?.listenerCount("drain")).toBeGreaterThanOrEqual(feeds.length);
  socket.socket.resume();
  await eventually(() => expect(connection?.writableLength).toBe(0));
  tap.deliver(message("last"));
  for (const feed of feeds)
    expect((await toldUntil(feed, "last")).filter(({ cause }) => cause)).toHaveLength(1);
  expect(warnings).toEqual([]);
});

describe("a gateway that stops", () => {
  const KEEPS_READERS = { subscriberMaxMessages: 100_000 };
  const STALL = { count: STALL_BYTES / (64 * KIB), bytes: 64 * KIB };

  test("under load sends nothing after the Close frame, 1012", async () => {
    const gateway = await scriptedGateway(KEEPS_READERS);
    const client = await openRawSocket(gateway.port);
    client.send({ id: "1", type: "subscribe", payload: { query: FEED } });
    const tap = await gateway.liveTap();
    await client.until(2);
    const draining = gateway.server.drain();
    // More comes before, in and after the turn in which the socket is closed.
    for (let sent = 0; client.frames().at(-1)?.opcode !== CLOSE; sent++)
      await deliverMany(tap, { from: sent, count: 1, bytes: 1 });
    await deliverMany(tap, { count: 20, bytes: 1 });
    await draining;
    const frames = client.frames();
    expect(frames.length).toBeGreaterThan(2);
    expect(frames.map(({ opcode }) => opcode).indexOf(CLOSE)).toBe(frames.length - 1);
    expect(frames.at(-1)?.payload.readUInt16BE(0)).toBe(1012);
  });

  test("waits for a WebSocket that has stopped reading no longer than it may", async () => {
    const gateway = await scriptedGateway(KEEPS_READERS);
    const { stalled, tap } = await stalledAndHealthy(gateway);
    stalled.socket.pause();
    await deliverMany(tap, STALL);
    expect(await milliseconds(() => gateway.server.drain())).toBeLessThan(3_000);
  });

  test("waits for an event stream that has stopped reading no longer than it may", async () => {
    const gateway = await scriptedGateway(KEEPS_READERS);
    const asking = request(gateway.graphqlUrl, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "text/event-stream" },
    });
    // A connection of its own, so that this reader can stop reading.
    asking.end(JSON.stringify({ query: FEED }));
    const tap = await gateway.liveTap();
    const [response] = (await once(asking, "response")) as [IncomingMessage];
    response.pause();
    await deliverMany(tap, STALL);
    const took = await milliseconds(() => gateway.server.drain());
    expect(took).toBeGreaterThan(250);
    expect(took).toBeLessThan(3_000);
    await tap.closed;
    response.on("error", () => {});
    asking.destroy();
  });

  test("waits for nobody whose request is only half there", async () => {
    const gateway = await scriptedGateway({ closeTimeoutMs: 10_000 });
    const socket = connect({ port: gateway.port, host: "127.0.0.1" });
    socket.on("error", () => {});
    socket.write(
      "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{",
    );
    await eventually(() => expect(gateway.connections.size).toBe(1));
    await fetch(`${gateway.graphqlUrl}?query={broker{kind}}`);
    expect(await milliseconds(() => gateway.server.drain())).toBeLessThan(3_000);
  });
});

async function milliseconds(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
