import { expect, onTestFinished, test } from "vitest";
import { FEED } from "../conformance/graphql/support/documents.ts";
import { ProtocolSocket } from "../conformance/graphql/support/protocol-socket.ts";
import { codesOf, liveFeed, nextEvents, published } from "../conformance/graphql/support/user.ts";
import { startGateway } from "../harness/gateway.ts";
import { createBrokerUser } from "../harness/rabbitmq/broker-user.ts";
import { sharedRabbitMq } from "../harness/rabbitmq/shared.ts";
import { createVirtualHost } from "../harness/rabbitmq/virtual-host.ts";
import { measured } from "./support/measured.ts";

const asked = (pattern: string) => ({ exchange: "amq.topic", routingPatterns: [pattern] });

/** Of publishes: test/conformance/graphql/topic-permissions.test.ts. */
test("fault 24: a bind that is refused is FORBIDDEN for that caller, and 50 subscriptions miss nothing", async () => {
  const rabbitMq = await createVirtualHost(sharedRabbitMq());
  onTestFinished(() => rabbitMq.dispose());
  const user = await createBrokerUser(rabbitMq, "secret");
  onTestFinished(() => user.remove());
  const virtualHost = new URL(rabbitMq.amqpUrl).pathname.slice(1);
  await rabbitMq.management(`/api/topic-permissions/${virtualHost}/${user.name}`, {
    method: "PUT",
    body: { exchange: "amq.topic", write: ".*", read: String.raw`^alice\.` },
  });
  const gateway = await startGateway({ broker: "rabbitmq", amqpUrl: user.amqpUrl });
  onTestFinished(() => gateway.close());
  const socket = await ProtocolSocket.open(gateway.wsUrl);
  onTestFinished(() => socket.close());
  const feeds = await Promise.all(
    Array.from({ length: 50 }, (_, place) => liveFeed(socket, asked(`alice.${place % 10}`))),
  );
  for (let round = 0; round < 5; round++) {
    const [refused, ...joined] = await Promise.all([
      socket.subscribe(FEED, asked(`bob.${round}`)).next(),
      liveFeed(socket, asked("alice.0")),
      ...Array.from({ length: 10 }, (_, place) =>
        published(gateway, { exchange: "amq.topic", routingKey: `alice.${place}` }),
      ),
    ]);
    expect(codesOf(refused)).toEqual(["FORBIDDEN"]);
    joined[0].complete();
  }
  for (const feed of feeds)
    expect((await nextEvents(feed, 5)).map(({ __typename }) => __typename)).toEqual(
      Array.from({ length: 5 }, () => "Message"),
    );
  measured("24", "5 binds refused as FORBIDDEN, 50 subscriptions missed 0 of 5 messages");
});
