import { beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../../harness/eventually.ts";
import { BROKERS, type TestGateway } from "../../harness/gateway.ts";
import {
  BIND,
  DECLARE_QUEUE,
  DELETE_QUEUE,
  PUBLISH,
  PURGE_QUEUE,
  UNBIND,
} from "./support/documents.ts";
import { sharedGateway, withSocket } from "./support/shared-gateway.ts";
import { codesOf, published } from "./support/user.ts";
import { declaredQueue, nextDelivery, queued, readyIn, settled, work } from "./support/work.ts";

type Asks = (gateway: TestGateway, name: string) => ReturnType<TestGateway["graphql"]>;

const publish =
  (input: (name: string) => Record<string, unknown>): Asks =>
  (gateway, name) =>
    gateway.graphql(PUBLISH, { input: { body: { text: "?" }, exchange: "", ...input(name) } });

const bound = (document: string): Asks => {
  return (gateway, destination) =>
    gateway.graphql(document, { input: { source: "amq.topic", destination, routingKey: "#" } });
};

const subscribed =
  (query: string): Asks =>
  (gateway, name) =>
    withSocket(gateway, (socket) => socket.subscribe(query, { name }).next());

/** Each way in which a client could come to a queue of this name. */
const WAYS: readonly (readonly [string, Asks])[] = [
  ["publish to it", publish((routingKey) => ({ routingKey }))],
  ["publish a copy to it", publish((name) => ({ routingKey: "any", headers: { CC: [name] } }))],
  [
    "publish a blind copy to it",
    publish((name) => ({ routingKey: "any", headers: { BCC: ["other", name] } })),
  ],
  [
    "have replies sent to it",
    publish((replyTo) => ({ exchange: "amq.topic", properties: { replyTo } })),
  ],
  [
    "publish to it in a batch",
    (gateway, routingKey) =>
      gateway.graphql(
        "mutation ($input: [PublishInput!]!) { publishBatch(inputs: $input) { routed } }",
        { input: [{ exchange: "", routingKey, body: { text: "?" } }] },
      ),
  ],
  [
    "ask it",
    (gateway, routingKey) =>
      gateway.graphql("mutation ($input: PublishInput!) { request(input: $input) { text } }", {
        input: { exchange: "", routingKey, body: { text: "?" } },
      }),
  ],
  [
    "consume it",
    subscribed("subscription ($name: String!) { deliveries(queue: $name) { id attempt } }"),
  ],
  [
    "peek into it",
    (gateway, name) =>
      gateway.graphql("query ($name: String!) { peek(queue: $name, limit: 1) { text } }", { name }),
  ],
  [
    "redrive from it",
    (gateway, name) =>
      gateway.graphql("mutation ($name: String!) { redrive(from: $name) { moved } }", { name }),
  ],
  [
    "redrive to it",
    (gateway, name) =>
      gateway.graphql('mutation ($name: String!) { redrive(from: "any", to: $name) { moved } }', {
        name,
      }),
  ],
  ["bind it", bound(BIND)],
  ["unbind it", bound(UNBIND)],
  [
    "declare it",
    (gateway, name) => gateway.graphql(DECLARE_QUEUE, { input: { name, autoDelete: true } }),
  ],
  [
    "send dead letters to it",
    (gateway, name) =>
      gateway.graphql(DECLARE_QUEUE, {
        input: { name: "refused", deadLetterExchange: "", deadLetterRoutingKey: name },
      }),
  ],
  ["delete it", (gateway, name) => gateway.graphql(DELETE_QUEUE, { name })],
  ["purge it", (gateway, name) => gateway.graphql(PURGE_QUEUE, { name })],
];

describe.each(BROKERS)("the gateway's own queues on %s", (broker) => {
  const gateway = sharedGateway({ broker });
  const missing = "gql.retry.86400000.missing";
  let retryQueue = "";

  beforeAll(async () => {
    const queue = await declaredQueue(gateway());
    await queued(gateway(), queue, "waits");
    await withSocket(gateway(), async (socket) => {
      const { id } = await nextDelivery(work(socket, queue));
      await settled(gateway(), "retry", [id], { delayMs: 86_400_000 });
    });
    retryQueue = `gql.retry.86400000.${queue}`;
  });

  test.for(WAYS)("clients cannot %s, whether or not it exists", async ([, ask]) => {
    const answers = await Promise.all(
      [retryQueue, missing].map(async (name) => {
        const result = await ask(gateway(), name);
        expect(codesOf(result)).toEqual(["FORBIDDEN"]);
        expect(result.errors?.[0]?.message).toMatch(name);
        return JSON.stringify(result).replaceAll(name, "its name");
      }),
    );
    expect(answers[0]).toBe(answers[1]);
  });

  test("routing keys of other exchanges may be called like them", async () => {
    const message = { exchange: "amq.topic", routingKey: missing, headers: { CC: [missing] } };
    expect(await published(gateway(), message)).toMatchObject({ routed: false });
  });

  test("a message that says that it died in one is not moved there", async () => {
    const from = await declaredQueue(gateway());
    const headers = { "x-death": [{ queue: retryQueue, reason: "rejected" }] };
    await published(gateway(), { exchange: "", routingKey: from, headers });
    const redrive = "mutation ($from: String!) { redrive(from: $from) { moved } }";
    expect(codesOf(await gateway().graphql(redrive, { from }))).toEqual(["FORBIDDEN"]);
    await eventually(async () => expect(await readyIn(gateway(), from)).toBe(1));
  });
});
