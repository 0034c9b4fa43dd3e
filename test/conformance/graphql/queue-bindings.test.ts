import { connect, type Channel } from "amqplib";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startGateway, type TestGateway } from "../../harness/gateway.ts";
import { sharedRabbitMq } from "../../harness/rabbitmq/shared.ts";
import { topologyOf, type Topology } from "../../harness/rabbitmq/topology.ts";
import { createVirtualHost } from "../../harness/rabbitmq/virtual-host.ts";
import { BIND, UNBIND } from "./support/documents.ts";
import { dataOf, declared, published } from "./support/user.ts";

describe("binding a queue that somebody else has declared", () => {
  let gateway: TestGateway;
  let topology: Topology;
  let amqpUrl: string;

  beforeAll(async () => {
    const virtualHost = await createVirtualHost(sharedRabbitMq());
    ({ amqpUrl } = virtualHost);
    topology = topologyOf(virtualHost);
    gateway = await startGateway({ broker: "rabbitmq", amqpUrl });
    return async () => {
      await gateway.close();
      await virtualHost.dispose();
    };
  });

  /** Another user of the broker, with a queue. */
  async function neighbour(): Promise<{ channel: Channel; queue: string }> {
    const connection = await connect(amqpUrl);
    onTestFinished(() => connection.close());
    const channel = await connection.createChannel();
    const { queue } = await channel.assertQueue("", { durable: false, autoDelete: true });
    return { channel, queue };
  }

  test.for([
    ["DIRECT", { routingKey: "red" }, {}],
    ["FANOUT", {}, {}],
    ["TOPIC", { routingKey: "*.#" }, {}],
    [
      "HEADERS",
      { headers: { values: { colour: "red", shade: 5 } } },
      { "x-match": "all", colour: "red", shade: 5 },
    ],
  ] as const)("to a %s exchange, and back", async ([type, asked, bindingArguments]) => {
    const { channel, queue } = await neighbour();
    const exchange = await declared(gateway, type);
    const input = { source: exchange, destination: queue, ...asked };
    expect(dataOf(await gateway.graphql(BIND, { input }))).toEqual({
      bind: {
        source: exchange,
        destination: queue,
        destinationType: "QUEUE",
        routingKey: "",
        ...("routingKey" in asked && asked),
        arguments: bindingArguments,
      },
    });
    expect(await topology.bindings(queue)).toMatchObject([
      { source: exchange, destinationType: "queue", arguments: bindingArguments },
    ]);

    const message = { exchange, routingKey: "red", headers: { colour: "red", shade: 5 } };
    expect(await published(gateway, { ...message, body: { json: { a: 1 } } })).toMatchObject({
      routed: true,
    });
    const got = await channel.get(queue, { noAck: true });
    expect(got).toMatchObject({
      fields: { exchange, routingKey: "red" },
      properties: {
        headers: message.headers,
        deliveryMode: 2,
        contentType: "application/json",
        messageId: expect.any(String),
        timestamp: expect.any(Number),
      },
      content: Buffer.from('{"a":1}'),
    });

    expect(dataOf(await gateway.graphql(UNBIND, { input }))).toEqual({ unbind: true });
    expect(await topology.bindings(queue)).toEqual([]);
    expect(await published(gateway, message)).toMatchObject({ routed: false });
  });
});
