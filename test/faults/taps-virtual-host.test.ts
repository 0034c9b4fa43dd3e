import { expect, onTestFinished, test } from "vitest";
import { BROKER_CHANGES } from "../conformance/graphql/support/documents.ts";
import { ProtocolSocket } from "../conformance/graphql/support/protocol-socket.ts";
import { eventOf, liveFeed, nextEvents, published } from "../conformance/graphql/support/user.ts";
import { ready, startGateway } from "../harness/gateway.ts";
import { sharedRabbitMq } from "../harness/rabbitmq/shared.ts";
import { createVirtualHost } from "../harness/rabbitmq/virtual-host.ts";
import { measured } from "./support/measured.ts";

const TAPPED = { exchange: "amq.topic", routingPatterns: ["a.*"] };

test("a virtual host that is deleted and made again: the same subscription goes on, after one gap", async () => {
  const rabbitMq = await createVirtualHost(sharedRabbitMq());
  onTestFinished(() => rabbitMq.dispose());
  const gateway = await startGateway({ broker: "rabbitmq", amqpUrl: rabbitMq.amqpUrl });
  onTestFinished(() => gateway.close());
  const socket = await ProtocolSocket.open(gateway.wsUrl);
  onTestFinished(() => socket.close());
  const feed = await liveFeed(socket, TAPPED);
  const changes = socket.subscribe(BROKER_CHANGES);

  await rabbitMq.dispose();
  // What it is refused with, not what it was lost with.
  for (;;) if (/virtual host/.test(String(eventOf(await changes.next())["reason"]))) break;
  await rabbitMq.remake();
  const remadeAt = performance.now();
  const gap = eventOf(await feed.next());
  measured("virtual host", `back ${Math.round(performance.now() - remadeAt)} ms after it was made`);
  expect(gap["__typename"]).toBe("Gap");
  // Its queues are deleted and its connections closed, in the order that the broker likes.
  expect(["QUEUE_DELETED", "RECONNECTED"]).toContain(gap["cause"]);
  expect(performance.now() - remadeAt).toBeLessThan(5_000);

  await ready(gateway);
  await published(gateway, { exchange: "amq.topic", routingKey: "a.1" });
  expect(await nextEvents(feed, 1)).toMatchObject([{ __typename: "Message", routingKey: "a.1" }]);
  expect(feed.results.size).toBe(0);
});
