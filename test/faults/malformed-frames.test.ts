import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openRawSocket } from "../conformance/graphql/support/raw-socket.ts";
import type { Operation } from "../conformance/graphql/support/operation.ts";
import { ProtocolSocket } from "../conformance/graphql/support/protocol-socket.ts";
import { declared, liveFeed, nextEvents, published } from "../conformance/graphql/support/user.ts";
import { startGateway, type TestGateway } from "../harness/gateway.ts";

/** RFC 6455 section 5.2: FIN, and the opcodes text and continuation. */
const [FIN, TEXT, CONTINUATION] = [0x80, 0x01, 0x00];
const MASKED = 0x80;
const CLOSE = 8;
const NO_MASK = Buffer.alloc(4);

const QUERY = Buffer.from(
  JSON.stringify({ id: "q", type: "subscribe", payload: { query: "{ broker { kind } }" } }),
);

function frame(first: number, payload: Buffer, { mask = true } = {}): Buffer {
  const head = Buffer.from([first, (mask ? MASKED : 0) | payload.length]);
  return Buffer.concat([head, ...(mask ? [NO_MASK] : []), payload]);
}

/** Bytes of a client after the handshake and connection_init, and the close code that answers them (RFC 6455 section 7.4.1). */
const BROKEN = [
  ["a frame without a mask", frame(FIN | TEXT, QUERY, { mask: false }), 1002],
  ["a reserved bit", frame(FIN | 0x40 | TEXT, QUERY), 1002],
  ["a reserved opcode", frame(FIN | 0x03, QUERY), 1002],
  ["a continuation of nothing", frame(FIN | CONTINUATION, QUERY), 1002],
  ["text that is not UTF-8", frame(FIN | TEXT, Buffer.from([0xc3, 0x28])), 1007],
] as const;

describe("fault 41: what is below the protocol of the other suite (conformance/graphql/websocket-protocol.test.ts)", () => {
  let gateway: TestGateway;
  let exchange: string;
  let neighbour: ProtocolSocket;
  let feed: Operation;

  beforeAll(async () => {
    gateway = await startGateway({ broker: "embedded" });
    exchange = await declared(gateway, "FANOUT");
    neighbour = await ProtocolSocket.open(gateway.wsUrl);
    feed = await liveFeed(neighbour, { exchange });
  });
  afterAll(() => gateway.close());

  const open = () => openRawSocket(Number(new URL(gateway.url).port));

  /** The neighbour has missed nothing when this is the very next that it receives. */
  async function neighbourGets(routingKey: string): Promise<void> {
    await published(gateway, { exchange, routingKey });
    expect(await nextEvents(feed, 1)).toMatchObject([{ routingKey }]);
    expect(neighbour.isOpen).toBe(true);
  }

  test.for(BROKEN)("%s closes its socket, and no other", async ([what, bytes, code]) => {
    const client = await open();
    client.socket.write(bytes);
    // After the acknowledgement of connection_init.
    await client.until(2);
    const last = client.frames().at(-1);
    expect([last?.opcode, last?.payload.readUInt16BE(0)]).toEqual([CLOSE, code]);
    client.socket.destroy();
    await neighbourGets(what);
  });

  test("a message in fragments, each in its own packets, is a message", async () => {
    const client = await open();
    const middle = QUERY.length >> 1;
    const parts = [
      frame(TEXT, QUERY.subarray(0, middle)),
      frame(CONTINUATION, Buffer.alloc(0)),
      frame(FIN | CONTINUATION, QUERY.subarray(middle)),
    ];
    for (const byte of Buffer.concat(parts)) client.socket.write(Buffer.from([byte]));
    await client.until(3);
    const [, next] = client.frames();
    expect(JSON.parse(String(next?.payload))).toMatchObject({ id: "q", type: "next" });
    client.socket.destroy();
    await neighbourGets("after fragments");
  });

  test("half a frame, and a reset, is nothing that anybody notices", async () => {
    const client = await open();
    client.socket.write(frame(FIN | TEXT, QUERY).subarray(0, 10));
    client.socket.resetAndDestroy();
    await once(client.socket, "close");
    await neighbourGets("after a reset");
    expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
  });
});
