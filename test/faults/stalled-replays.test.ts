import { expect, inject, onTestFinished, test } from "vitest";
import { ProtocolSocket } from "../conformance/graphql/support/protocol-socket.ts";
import { nextEvents } from "../conformance/graphql/support/user.ts";
import { startGatewayProcess, type GatewayProcess } from "../harness/gateway-process.ts";
import { numbered, openTestStream } from "../harness/stream.ts";
import { measured } from "./support/measured.ts";
import { REPLAY, stalledOverSse, stalledOverWebSocket } from "./support/stalled-replay.ts";

const KIB = 1_024;
const MIB = 1_048_576;
const STALLED = 4;
/** Of which a prefetch is 25 MiB, and what the kernel holds for a socket is a few. */
const BYTES = 256 * KIB;
const MESSAGES = 110;

test.each([
  ["WebSocket", stalledOverWebSocket],
  ["SSE", stalledOverSse],
])(
  "replays of large messages over %s that nobody reads cost the gateway little, hold up nobody, and miss nothing",
  { timeout: 120_000 },
  async (transport, stall) => {
    const { amqpUrl } = inject("rabbitMq");
    // The stalled answer no ping, which would end them.
    const flags = { "amqp-url": amqpUrl, "socket-keep-alive-ms": 300_000 };
    const gateway = await startGatewayProcess(flags);
    onTestFinished(() => gateway.close());
    const stream = await openTestStream(amqpUrl);
    onTestFinished(async () => {
      await stream.remove();
      await stream.close();
    });
    const texts = numbered(0, MESSAGES).map((text) => text.padEnd(BYTES));
    await stream.publish(texts);
    // What the work itself needs is there before anybody is slow.
    expect(await textsOfAll(gateway, stream.name)).toEqual(texts);
    const before = await gateway.read();

    const stalled = await Promise.all(
      Array.from({ length: STALLED }, () => stall(gateway, stream.name)),
    );
    const atFirst = await heldSince(before, gateway);
    let slowest = 0;
    const over = new AbortController();
    const beside = textsOfAll(gateway, stream.name).finally(() => over.abort());
    while (!over.signal.aborted) {
      const startedAt = performance.now();
      const alive = await fetch(`${gateway.url}/livez`);
      slowest = Math.max(slowest, performance.now() - startedAt);
      expect(alive.status).toBe(200);
    }
    expect(await beside).toEqual(texts);
    const kept = await heldSince(before, gateway);
    const most = Math.max(atFirst, kept);
    measured(
      "44",
      `${STALLED} replays over ${transport} of messages of ${BYTES / KIB} KiB that are not read: ` +
        `${(most / MIB).toFixed(1)} MiB more; /livez answered within ${slowest.toFixed(0)} ms beside one that is`,
    );
    // Each has the bound, the largest message beside it, and what waits for its socket: read, rendered and as bytes.
    expect(most).toBeLessThan(STALLED * (MIB + 8 * BYTES));
    expect(slowest).toBeLessThan(2_000);

    for (const replay of stalled) {
      const events = await replay.read(MESSAGES);
      expect(events.map(({ text }) => text)).toEqual(texts);
      expect(events.filter(({ gap }) => gap !== null)).toEqual([]);
    }
    expect(gateway.complaints).toEqual([]);
  },
);

/** What somebody receives who reads at once. */
async function textsOfAll(gateway: GatewayProcess, stream: string): Promise<unknown[]> {
  const socket = await ProtocolSocket.open(gateway.wsUrl);
  const replay = socket.subscribe(REPLAY, { stream, from: { position: "FIRST" } });
  const events = await nextEvents(replay, MESSAGES);
  socket.texts.length = 0;
  await socket.close();
  return events.map(({ text }) => text);
}

async function heldSince(
  before: { heapBytes: number; externalBytes: number },
  gateway: GatewayProcess,
): Promise<number> {
  const { heapBytes, externalBytes } = await gateway.read();
  return heapBytes + externalBytes - before.heapBytes - before.externalBytes;
}
