import { connect } from "amqplib";
import { createClient } from "graphql-sse";
import { expect, test } from "vitest";
import { createGateway } from "../../src/gateway.ts";
import { eventually } from "../harness/eventually.ts";
import { sharedRabbitMq } from "../harness/rabbitmq/shared.ts";
import { createVirtualHost } from "../harness/rabbitmq/virtual-host.ts";

/** More than is read, and about as much as amqplib can write. */
const DEEP = 1_500;

function nested(depth: number): object {
  let table: object = { end: true };
  for (let level = 0; level < depth; level++) table = { a: table };
  return table;
}

function message(messageId: string, headers: object): object {
  const feed = { __typename: "Message", text: "body", headers, properties: { messageId } };
  return { data: { feed } };
}

test("headers nested deeper than is read, from another publisher, are that message's trouble alone", async () => {
  const virtualHost = await createVirtualHost(sharedRabbitMq());
  const gateway = createGateway({ port: 0, logLevel: "silent", amqpUrl: virtualHost.amqpUrl });
  const publisher = await connect(virtualHost.amqpUrl);
  try {
    const { url } = await gateway.listen();
    await eventually(() => expect(gateway.status.state).toBe("connected"));
    const client = createClient({ url: `${url}/graphql` });
    const feed = client.iterate<{ feed: object }>({
      query: `subscription { feed(exchange: "amq.fanout") {
        __typename ... on Message { text headers properties { messageId } }
      } }`,
    });
    expect((await feed.next()).value).toMatchObject({ data: { feed: { __typename: "Live" } } });
    const channel = await publisher.createConfirmChannel();
    const publish = (messageId: string, headers: object) =>
      channel.publish("amq.fanout", "", Buffer.from("body"), { messageId, headers });
    publish("shallow", nested(10));
    publish("deep", nested(DEEP));
    publish("after", { a: 1 });
    await channel.waitForConfirms();
    expect((await feed.next()).value).toEqual(message("shallow", nested(10)));
    expect((await feed.next()).value).toEqual(message("deep", {}));
    expect((await feed.next()).value).toEqual(message("after", { a: 1 }));
    client.dispose();
  } finally {
    await publisher.close();
    await gateway.close();
    await virtualHost.dispose();
  }
});
