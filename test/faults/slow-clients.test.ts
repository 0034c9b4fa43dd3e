import { expect, onTestFinished, test } from "vitest";
import { PUBLISH } from "../conformance/graphql/support/documents.ts";
import type { Operation } from "../conformance/graphql/support/operation.ts";
import { ProtocolSocket } from "../conformance/graphql/support/protocol-socket.ts";
import { codesOf, eventOf } from "../conformance/graphql/support/user.ts";
import { startGatewayProcess, type GatewayProcess } from "../harness/gateway-process.ts";
import { httpClient } from "../harness/load/graphql-client.ts";
import { startTcpProxy } from "../harness/tcp-proxy.ts";
import { measured, shortOrLong } from "./support/measured.ts";

const KIB = 1_024;
const MIB = 1_048_576;

const FEED = `subscription {
  feed(exchange: "amq.fanout") { kind: __typename ... on Message { routingKey text } ... on Gap { cause } }
}`;

/** The command on its embedded broker: what is between broker and gateway is not what this is about. */
async function gatewayProcess(flags: Record<string, string | number>): Promise<GatewayProcess> {
  const gateway = await startGatewayProcess(flags);
  onTestFinished(() => gateway.close());
  return gateway;
}

async function liveFeed(wsUrl: string): Promise<{ socket: ProtocolSocket; feed: Operation }> {
  const socket = await ProtocolSocket.open(wsUrl);
  onTestFinished(() => socket.socket.terminate());
  const feed = socket.subscribe(FEED);
  expect(eventOf(await feed.next())).toMatchObject({ kind: "Live" });
  return { socket, feed };
}

/** Publishes with the routing keys `from` and on; resolves when all are confirmed. */
async function publish(
  { graphqlUrl }: GatewayProcess,
  { from, count, text }: { from: number; count: number; text: () => string },
): Promise<void> {
  const client = httpClient(graphqlUrl);
  for (let key = from; key < from + count; key++) {
    const input = { exchange: "amq.fanout", routingKey: String(key), body: { text: text() } };
    const result = await client.execute(PUBLISH, { input }, AbortSignal.timeout(10_000));
    expect(codesOf(result)).toEqual([]);
  }
  client.close();
}

/** What comes next are the keys `from` and on, without a gap. */
async function expectKeys(
  { socket, feed }: { socket: ProtocolSocket; feed: Operation },
  { from, count }: { from: number; count: number },
): Promise<void> {
  for (let key = from; key < from + count; key++)
    expect(eventOf(await feed.next())["routingKey"]).toBe(String(key));
  socket.texts.length = 0;
}

test(
  "fault 44: a client that never reads costs its bound, is cut with 4508, and its neighbour misses nothing",
  { timeout: 180_000 },
  async () => {
    const bytes = 64 * KIB;
    const boundBytes = 8 * MIB;
    // It is cut when it has missed ten times the bound in messages.
    const boundMessages = shortOrLong(120, 1_000);
    const gateway = await gatewayProcess({
      "subscriber-max-bytes": boundBytes,
      "subscriber-max-messages": boundMessages,
      // It answers no ping either, which would end it sooner in the longer form.
      "socket-keep-alive-ms": 300_000,
    });
    const healthy = await liveFeed(gateway.wsUrl);
    const batch = 100;
    const text = "x".repeat(bytes);
    let from = 1;
    const publishSome = async () => {
      const some = { from, count: batch, text: () => text };
      await publish(gateway, some);
      await expectKeys(healthy, some);
      from += batch;
    };
    // What the work itself needs is there before anybody is slow.
    for (let time = 0; time < 3; time++) await publishSome();
    const before = await gateway.read();

    const stalled = await liveFeed(gateway.wsUrl);
    stalled.socket.socket.pause();
    let most = 0;
    for (let missed = 0; missed < 11 * boundMessages + 200; missed += batch) {
      await publishSome();
      const { heapBytes, externalBytes } = await gateway.read();
      most = Math.max(most, heapBytes + externalBytes - before.heapBytes - before.externalBytes);
    }
    stalled.socket.socket.resume();
    const { code } = await stalled.socket.closed;
    const after = await gateway.read();
    const kept = after.heapBytes + after.externalBytes - before.heapBytes - before.externalBytes;
    measured(
      "44",
      `${(most / MIB).toFixed(1)} MiB more at the most with a bound of ${boundBytes / MIB} MiB, ` +
        `${(kept / MIB).toFixed(1)} MiB afterwards, closed with ${code}, neighbour missed 0 of ${from - 1}`,
    );
    expect(code).toBe(4508);
    // Beside the bodies that wait there is what was rendered of them.
    expect(most).toBeLessThan(2 * boundBytes + bytes);
    expect(kept).toBeLessThan(2 * MIB);
  },
);

test(
  "fault 45: a reader of 10 KB/s is no delay for 100 that read",
  { timeout: 120_000 },
  async () => {
    const gateway = await gatewayProcess({});
    const proxy = await startTcpProxy({ port: Number(new URL(gateway.url).port) });
    onTestFinished(() => proxy.close());
    const healthy = await Promise.all(Array.from({ length: 100 }, () => liveFeed(gateway.wsUrl)));
    const body = "x".repeat(2 * KIB);
    let from = 1;

    /** The 99th percentile of all delays, in ms, over so many messages to each. */
    async function p99(count: number): Promise<number> {
      const publishing = publish(gateway, {
        from,
        count,
        text: () => `${performance.now()} ${body}`,
      });
      from += count;
      const delays = await Promise.all(
        healthy.map(async ({ socket, feed }) => {
          const taken: number[] = [];
          while (taken.length < count) {
            const event = eventOf(await feed.next());
            taken.push(performance.now() - parseFloat(String(event["text"])));
          }
          socket.texts.length = 0;
          return taken;
        }),
      );
      await publishing;
      const all = delays.flat().toSorted((a, b) => a - b);
      return all[Math.floor(all.length * 0.99)] ?? Infinity;
    }

    const count = shortOrLong(300, 3_000);
    await p99(count);
    const alone = await p99(count);
    proxy.poison("down", { bandwidth: { bytesPerSecond: 10_000 } });
    const slow = await liveFeed(`ws://127.0.0.1:${proxy.port}/graphql`);
    const beside = await p99(count);
    measured(
      "45",
      `p99 of ${100 * count} deliveries ${alone.toFixed(1)} ms without, ${beside.toFixed(1)} ms with a slow reader, which had read ${slow.feed.results.size}`,
    );
    expect(slow.feed.results.size).toBeLessThan(count);
    // The second term is what two cores that also run the clients, and other tests, make of it; bench/ measures.
    expect(beside).toBeLessThan(1.2 * alone + shortOrLong(250, 5));
  },
);
