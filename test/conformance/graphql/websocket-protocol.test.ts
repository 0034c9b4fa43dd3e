import { once } from "node:events";
import { request } from "node:http";
import type { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { metricOf } from "../../harness/metric.ts";
import { BROKER_STATE, FEED, PUBLISH } from "./support/documents.ts";
import { ProtocolSocket } from "./support/protocol-socket.ts";
import { sharedGateway } from "./support/shared-gateway.ts";
import { declared, liveFeed, nextEvents, published } from "./support/user.ts";

const MAX_PAYLOAD_BYTES = 4096;
const BROKER = { query: "{ broker { kind } }" };

/** graphql-transport-ws, as the PROTOCOL.md of graphql-ws has it. */
describe("GraphQL over WebSocket", () => {
  const gateway = sharedGateway({
    broker: "embedded",
    socketInitTimeoutMs: 300,
    socketKeepAliveMs: 1_000,
    maxMessageBytes: 1024,
    maxRequestBytes: 131_072,
    socketMaxPayloadBytes: MAX_PAYLOAD_BYTES,
  });
  const open = () => ProtocolSocket.open(gateway().wsUrl);
  const connect = () => ProtocolSocket.connect(gateway().wsUrl);

  describe("closes a socket that breaks the protocol", () => {
    test.for([
      ["what is not JSON", "{"],
      ["a binary frame of junk", Buffer.from([0xff, 0x00, 0x80])],
      ["JSON that is no object", "[]"],
      ["a message without a type", {}],
      ["an unknown type", { type: "start", id: "1", payload: BROKER }],
      ["subscribe without an id", { type: "subscribe", payload: BROKER }],
      ["subscribe with an empty id", { type: "subscribe", id: "", payload: BROKER }],
      ["subscribe with an id that is no string", { type: "subscribe", id: 1, payload: BROKER }],
      ["subscribe without a payload", { type: "subscribe", id: "1" }],
      ["subscribe without a query", { type: "subscribe", id: "1", payload: {} }],
      [
        "variables that are no object",
        { type: "subscribe", id: "1", payload: { ...BROKER, variables: "x" } },
      ],
      ["complete without an id", { type: "complete" }],
    ] as const)("4400 for %s", async ([, frame]) => {
      const socket = await open();
      socket.send(frame);
      expect(await socket.closed).toMatchObject({ code: 4400 });
    });

    test("4400 for junk before connection_init", async () => {
      const socket = await connect();
      socket.send("junk");
      expect(await socket.closed).toMatchObject({ code: 4400 });
    });

    test("4401 for subscribe before the acknowledgement", async () => {
      const socket = await connect();
      socket.send({ type: "subscribe", id: "1", payload: BROKER });
      expect(await socket.closed).toEqual({ code: 4401, reason: "Unauthorized" });
    });

    test("4406 for a client that names no subprotocol", async () => {
      const socket = await ProtocolSocket.connect(gateway().wsUrl, { protocols: [] });
      expect(await socket.closed).toEqual({ code: 4406, reason: "Subprotocol not acceptable" });
    });

    test("4406 for a client that names only others", async () => {
      expect(await closeCodeOf(gateway().graphqlUrl, "graphql-ws")).toBe(4406);
    });

    test("4408 where connection_init does not come in time", async () => {
      const socket = await connect();
      expect(await socket.closed).toEqual({
        code: 4408,
        reason: "Connection initialisation timeout",
      });
    });

    test("4409 for an id that is in use", async () => {
      const exchange = await declared(gateway(), "TOPIC");
      const socket = await open();
      const { id } = await liveFeed(socket, { exchange });
      socket.send({ type: "subscribe", id, payload: BROKER });
      expect(await socket.closed).toEqual({
        code: 4409,
        reason: `Subscriber for ${id} already exists`,
      });
    });

    test("4409 for an id that is in use and longer than a Close frame", async () => {
      const exchange = await declared(gateway(), "TOPIC");
      const socket = await open();
      const id = "é".repeat(1_000);
      await socket.start({ query: FEED, variables: { exchange } }, id).next();
      socket.send({ type: "subscribe", id, payload: BROKER });
      const { code, reason } = await socket.closed;
      expect(code).toBe(4409);
      expect(reason).toMatch(/^Subscriber for é{10,}$/);
    });

    test("4429 for a second connection_init", async () => {
      const socket = await open();
      socket.send({ type: "connection_init" });
      expect(await socket.closed).toEqual({
        code: 4429,
        reason: "Too many initialisation requests",
      });
    });

    test("1009 for a message over the bound, and not for one that just fits", async () => {
      const socket = await open();
      socket.send(queryOfBytes(MAX_PAYLOAD_BYTES));
      expect(await socket.control.take()).toMatchObject({ id: "fits", type: "next" });
      socket.send(queryOfBytes(MAX_PAYLOAD_BYTES + 1));
      expect(await socket.closed).toMatchObject({ code: 1009 });
      const counted = 'rabbitql_refused_total{limit="socketMaxPayloadBytes"}';
      expect(await metricOf(gateway(), counted)).toBeGreaterThan(0);
    });
  });

  describe("keeps a socket alive", () => {
    test("answers ping with pong, with its payload, also before connection_init", async () => {
      const socket = await connect();
      socket.send({ type: "ping" });
      socket.send({ type: "ping", payload: { at: 1 } });
      expect(await socket.control.takeMany(2)).toEqual([
        { type: "pong" },
        { type: "pong", payload: { at: 1 } },
      ]);
      await socket.close();
    });

    test("takes a pong that nobody asked for", async () => {
      const socket = await open();
      socket.send({ type: "pong" });
      expect(await socket.execute(BROKER_STATE)).toHaveProperty("data");
      await socket.close();
    });

    test("pings, and cuts off who does not answer, and nobody else", async () => {
      const [mute, well] = await Promise.all([
        ProtocolSocket.open(gateway().wsUrl, { autoPong: false }),
        open(),
      ]);
      await Promise.all([once(mute.socket, "ping"), once(well.socket, "ping")]);
      expect(await mute.closed).toMatchObject({ code: 1006 });
      await once(well.socket, "ping");
      expect(well.isOpen).toBe(true);
      await well.close();
    });
  });

  describe("runs operations", () => {
    test("answers connection_init with an acknowledgement, whatever it brings", async () => {
      const socket = await connect();
      socket.send({ type: "connection_init", payload: { anything: [1] } });
      expect(await socket.control.take()).toEqual({ type: "connection_ack" });
      await socket.close();
    });

    test("a query, a mutation: one result and complete", async () => {
      const exchange = await declared(gateway(), "FANOUT");
      const socket = await open();
      const query = socket.start(BROKER);
      expect(await query.next()).toEqual({ data: { broker: { kind: "EMBEDDED" } } });
      expect(await query.ended).toBe("complete");
      const mutation = socket.subscribe(PUBLISH, { input: { exchange, body: { text: "hello" } } });
      expect(await mutation.next()).toMatchObject({
        data: { publish: { exchange, routed: false } },
      });
      expect(await mutation.ended).toBe("complete");
      await socket.close();
    });

    test("uses an id again once its operation is over", async () => {
      const exchange = await declared(gateway(), "TOPIC");
      const socket = await open();
      const feed = socket.start({ query: FEED, variables: { exchange } }, "again");
      await feed.next();
      feed.complete();
      await socket.execute(BROKER_STATE);
      for (let times = 0; times < 3; times++) {
        const query = socket.start(BROKER, "again");
        expect(await query.next()).toHaveProperty("data");
        expect(await query.ended).toBe("complete");
      }
      await socket.close();
    });

    test("complete ends delivery of that operation, and of no other", async () => {
      const exchange = await declared(gateway(), "TOPIC");
      const socket = await open();
      const [ended, other] = [
        await liveFeed(socket, { exchange }),
        await liveFeed(socket, { exchange }),
      ];
      await published(gateway(), { exchange, routingKey: "first" });
      await Promise.all([ended.next(), other.next()]);

      ended.complete();
      // Frames of a socket are taken in order: once this is answered, `complete` has been taken.
      await socket.execute(BROKER_STATE);
      await published(gateway(), { exchange, routingKey: "second" });
      expect(await nextEvents(other, 1)).toMatchObject([{ routingKey: "second" }]);
      expect(ended.results.size).toBe(0);
      await socket.close();
    });

    test("complete for an id that is not in use is no mistake", async () => {
      const socket = await open();
      socket.send({ type: "complete", id: "never" });
      expect(await socket.execute(BROKER_STATE)).toHaveProperty("data");
      await socket.close();
    });
  });

  test("upgrades at the endpoint alone", async () => {
    await expect(ProtocolSocket.connect(`${gateway().wsUrl}/elsewhere`)).rejects.toThrow("404");
  });
});

/** A subscribe message of exactly so many bytes. */
function queryOfBytes(bytes: number): string {
  const text = JSON.stringify({ id: "fits", type: "subscribe", payload: BROKER });
  return text.padEnd(bytes);
}

/** The close code for a client that would go away itself if it understood that no subprotocol was agreed. */
async function closeCodeOf(url: string, protocol: string): Promise<number> {
  const upgrading = request(url, {
    headers: {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": Buffer.alloc(16).toString("base64"),
      "sec-websocket-protocol": protocol,
    },
  }).end();
  const [, socket, head] = (await once(upgrading, "upgrade")) as [unknown, Socket, Buffer];
  const [frame] = head.length > 0 ? [head] : ((await once(socket, "data")) as [Buffer]);
  socket.destroy();
  // RFC 6455 section 5.5.1: opcode 8, a length, the code in two bytes.
  expect(frame[0]).toBe(0x88);
  return frame.readUInt16BE(2);
}
