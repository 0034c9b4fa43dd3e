import { expect, onTestFinished, test } from "vitest";
import { expectBalanced } from "../harness/books.ts";
import { startGateway } from "../harness/gateway.ts";
import { sharedRabbitMq } from "../harness/rabbitmq/shared.ts";
import { createVirtualHost } from "../harness/rabbitmq/virtual-host.ts";
import { startTcpProxy } from "../harness/tcp-proxy.ts";
import { measured, shortOrLong } from "./support/measured.ts";
import { liveSubscriber } from "./support/probed-gateway.ts";
import { publishingLoad } from "./support/publishing-load.ts";

const HEARTBEAT_SECONDS = 5;
/** More than the three heartbeats after which a silent connection is given up, or the ten minutes of faults.md. */
const LASTS_MS = shortOrLong(3_500 * HEARTBEAT_SECONDS, 600_000);

test(
  "fault 10: a latency of 500 ± 200 ms each way is no heartbeat lost, and a publish takes less than 2 s",
  { timeout: LASTS_MS + 60_000 },
  async () => {
    const rabbitMq = await createVirtualHost(sharedRabbitMq());
    onTestFinished(() => rabbitMq.dispose());
    const amqpUrl = new URL(rabbitMq.amqpUrl);
    const proxy = await startTcpProxy({ host: amqpUrl.hostname, port: Number(amqpUrl.port) });
    onTestFinished(() => proxy.close());
    amqpUrl.host = `127.0.0.1:${proxy.port}`;
    const gateway = await startGateway({
      broker: "rabbitmq",
      amqpUrl: amqpUrl.href,
      heartbeatSeconds: HEARTBEAT_SECONDS,
    });
    onTestFinished(() => gateway.close());
    const states: string[] = [];
    const load = await publishingLoad({
      ...gateway,
      amqpUrl: rabbitMq.amqpUrl,
      publishers: 10,
      everyMs: 50,
      patienceMs: 20_000,
    });
    const subscriber = await liveSubscriber({
      name: "subscriber",
      wsUrl: gateway.wsUrl,
      exchange: "orders",
      routingPatterns: ["#"],
    });
    // Connections, channels and exchanges are known before the network is slow.
    await load.flows();
    const connections = proxy.connections;

    proxy.poison("both", { latency: { ms: 500, jitterMs: 200 } });
    const before = load.publishers.map(({ published }) => published.length);
    const endsAt = performance.now() + LASTS_MS;
    while (performance.now() < endsAt) {
      await load.flows();
      states.push(gateway.gateway.status.state);
    }
    const times = load.publishers
      .flatMap(({ published }, place) => published.slice(before[place], -1))
      .filter(({ attempts }) => attempts === 1)
      .map(({ sentAt, endedAt }) => endedAt - sentAt)
      .toSorted((a, b) => a - b);
    proxy.poison("both", {});
    await load.flows();
    await load.settle();
    const p99 = times[Math.floor(times.length * 0.99)] ?? Infinity;
    measured(
      "10",
      `${LASTS_MS / 1000} s, ${times.length} publishes, p99 ${Math.round(p99)} ms, median ${Math.round(times[times.length >> 1] ?? 0)} ms`,
    );
    expectBalanced(load.books);
    expect(new Set(states)).toEqual(new Set(["connected"]));
    expect(subscriber.coverage.markers).toEqual([]);
    expect([...subscriber.closes, ...subscriber.problems]).toEqual([]);
    expect(proxy.connections).toBe(connections);
    expect(p99).toBeLessThan(2_000);
  },
);
