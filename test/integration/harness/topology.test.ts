import { connect, type Channel, type ChannelModel } from "amqplib";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../../harness/eventually.ts";
import { sharedRabbitMq } from "../../harness/rabbitmq/shared.ts";
import { topologyOf, type Topology } from "../../harness/rabbitmq/topology.ts";
import { createVirtualHost, type VirtualHost } from "../../harness/rabbitmq/virtual-host.ts";

describe("the topology of a virtual host", () => {
  let virtualHost: VirtualHost;
  let topology: Topology;
  let connection: ChannelModel;
  let channel: Channel;

  beforeAll(async () => {
    virtualHost = await createVirtualHost(sharedRabbitMq());
    topology = topologyOf(virtualHost);
    return () => virtualHost.dispose();
  });

  beforeEach(async () => {
    connection = await connect(virtualHost.amqpUrl, {
      clientProperties: { connection_name: "ours" },
    });
    channel = await connection.createChannel();
    return () => connection.close();
  });

  test("shows the exclusive queue of another connection as soon as it is declared", async () => {
    const { queue } = await channel.assertQueue("", {
      exclusive: true,
      autoDelete: true,
      durable: false,
      arguments: { "x-max-length": 10 },
    });
    expect(await topology.queues()).toEqual([
      {
        name: queue,
        type: "classic",
        durable: false,
        exclusive: true,
        autoDelete: true,
        arguments: { "x-max-length": 10 },
        messagesReady: 0,
        messagesUnacknowledged: 0,
      },
    ]);
  });

  test("shows a binding as soon as it is made, and no longer than it exists", async () => {
    const { queue } = await channel.assertQueue("", { exclusive: true });
    await channel.bindQueue(queue, "amq.headers", "", { "x-match": "any", colour: "red" });
    await channel.bindQueue(queue, "amq.topic", "orders.*");
    await channel.bindExchange("amq.fanout", "amq.topic", "orders.#");
    expect(await topology.bindings(queue)).toEqual([
      {
        source: "amq.headers",
        destination: queue,
        destinationType: "queue",
        routingKey: "",
        arguments: { "x-match": "any", colour: "red" },
      },
      {
        source: "amq.topic",
        destination: queue,
        destinationType: "queue",
        routingKey: "orders.*",
        arguments: {},
      },
    ]);
    expect(await topology.bindings()).toHaveLength(3);

    await channel.unbindQueue(queue, "amq.topic", "orders.*");
    expect(await topology.bindings(queue)).toHaveLength(1);
    await channel.unbindExchange("amq.fanout", "amq.topic", "orders.#");
  });

  test("counts the messages of a queue as they are now", async () => {
    const { queue } = await channel.assertQueue("", { exclusive: true });
    const confirming = await connection.createConfirmChannel();
    for (const body of ["a", "b", "c"]) confirming.sendToQueue(queue, Buffer.from(body));
    await confirming.waitForConfirms();
    await channel.get(queue);
    expect(await topology.queues()).toMatchObject([
      { messagesReady: 2, messagesUnacknowledged: 1 },
    ]);
  });

  test("misses no connection, channel or consumer that was there when it was asked", async () => {
    const { queue } = await channel.assertQueue("", { exclusive: true });
    await channel.prefetch(7);
    await channel.consume(queue, () => undefined, { consumerTag: "worker" });
    await connection.createChannel();

    const [connections, channels, consumers] = await Promise.all([
      topology.connections(),
      topology.channels(),
      topology.consumers(),
    ]);
    expect(connections).toMatchObject([{ clientProperties: { connection_name: "ours" } }]);
    expect(new Set(channels.map(({ number }) => number))).toEqual(new Set([1, 2]));
    expect(consumers).toEqual([
      {
        consumerTag: "worker",
        queue,
        ackRequired: true,
        prefetch: 7,
        channelNumber: 1,
        connectionName: connections[0]?.name,
      },
    ]);
  });

  test("shows nothing of a connection that is gone", async () => {
    const short = await connect(virtualHost.amqpUrl);
    const { queue } = await (await short.createChannel()).assertQueue("", { exclusive: true });
    await short.close();
    await eventually(async () => {
      expect((await topology.queues()).map(({ name }) => name)).not.toContain(queue);
      expect(await topology.connections()).toHaveLength(1);
    });
  });
});
