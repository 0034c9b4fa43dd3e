import { expect, onTestFinished, test } from "vitest";
import { expectBalanced } from "../harness/books.ts";
import { eventually } from "../harness/eventually.ts";
import { sharedRabbitMq } from "../harness/rabbitmq/shared.ts";
import { topologyOf } from "../harness/rabbitmq/topology.ts";
import { createVirtualHost } from "../harness/rabbitmq/virtual-host.ts";
import { startTcpProxy } from "../harness/tcp-proxy.ts";
import { measured, shortOrLong } from "./support/measured.ts";
import { IMPATIENT, liveSubscriber, probedGateway } from "./support/probed-gateway.ts";
import { publishingLoad } from "./support/publishing-load.ts";

const LOAD = { publishers: 8, everyMs: 10, patienceMs: 10_000 };

const CASES = [
  ["its connections with it", false, 5_000],
  // What is gone in silence is noticed by the heartbeat: two to three of them.
  ["in silence", true, 4_000 * IMPATIENT["heartbeat-seconds"]],
] as const;

test.for(CASES.slice(0, shortOrLong(1, 2)))(
  "fault 57: SIGKILL of the gateway under load, %s, leaves nothing on the broker and loses nothing",
  { timeout: 120_000 },
  async ([what, inSilence, withinMs]) => {
    const rabbitMq = await createVirtualHost(sharedRabbitMq());
    onTestFinished(() => rabbitMq.dispose());
    const topology = topologyOf(rabbitMq);
    const amqpUrl = new URL(rabbitMq.amqpUrl);
    const proxy = await startTcpProxy({ host: amqpUrl.hostname, port: Number(amqpUrl.port) });
    onTestFinished(() => proxy.close());
    amqpUrl.host = `127.0.0.1:${proxy.port}`;
    const gateway = await probedGateway({ "amqp-url": amqpUrl.href });
    const load = await publishingLoad({ ...gateway, ...LOAD, amqpUrl: rabbitMq.amqpUrl });
    const patterns = ["order.1", "order.2", "order.3", "#"];
    for (const pattern of patterns)
      await liveSubscriber({
        name: pattern,
        wsUrl: gateway.wsUrl,
        exchange: "orders",
        routingPatterns: [pattern],
      });
    await load.flows();
    const tapQueues = async () =>
      (await topology.queues()).filter(({ name }) => name.startsWith("gql."));
    expect((await tapQueues()).length).toBeGreaterThanOrEqual(patterns.length);

    if (inSilence) proxy.poison("both", { blackhole: true });
    gateway.signal("SIGKILL");
    const killedAt = performance.now();
    await eventually(async () => expect(await tapQueues()).toEqual([]), { timeoutMs: withinMs });
    const goneAfter = performance.now() - killedAt;
    expect(await topology.connections()).toEqual([]);
    expect(await topology.bindings()).toHaveLength(1);
    expect((await topology.queues()).map(({ name }) => name)).toEqual(["orders.all"]);
    await load.settle();
    measured("57", `${what}: queues gone after ${Math.round(goneAfter)} ms; ${load.codes}`);
    expectBalanced(load.books);
    expect(await gateway.ended).toBeNull();
  },
);
