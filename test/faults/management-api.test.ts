import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { randomUUID } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { DECLARE_QUEUE } from "../conformance/graphql/support/documents.ts";
import { codesOf, dataOf, published } from "../conformance/graphql/support/user.ts";
import { startGateway } from "../harness/gateway.ts";
import { sharedRabbitMq } from "../harness/rabbitmq/shared.ts";

/** A management API that does what `answer` says; its URL. */
async function apiThat(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function gatewayWith(managementUrl: string) {
  const gateway = await startGateway({ broker: "rabbitmq", managementUrl });
  onTestFinished(() => gateway.close());
  return gateway;
}

const json =
  (body: unknown): RequestListener =>
  (_, response) =>
    response.end(JSON.stringify(body));

/** Of a queue, what AMQP tells, and what it does not. */
const COUNTS =
  "query Counts($name: String!) { queue(name: $name) { name messagesReady consumers } }";
const DURABLE = "query Durable($name: String!) { queue(name: $name) { durable } }";
const KNOWN = /* GraphQL */ `
  mutation Known($input: DeclareQueueInput!) {
    declareQueue(input: $input) {
      name
      type
      durable
      arguments
      messagesReady
      consumers
      messagesUnacknowledged
    }
  }
`;

test.for<[string, () => Promise<string>]>([
  ["is not there", () => Promise.resolve("http://127.0.0.1:1")],
  ["refuses the user", () => apiThat((_, response) => response.writeHead(401).end("{}"))],
  ["is none", () => apiThat((_, response) => response.end("<html>"))],
  ["is another broker's", () => apiThat(json({ name: "rabbit@elsewhere" }))],
  ["is no plugin's", () => apiThat((_, response) => response.writeHead(404).end())],
  ["never answers", () => apiThat(() => {})],
])(
  "where the management API %s, what needs it says what to set, and the rest works",
  { timeout: 30_000 },
  async ([, url]) => {
    const gateway = await gatewayWith(await url());
    const name = `queue-${randomUUID()}`;
    const declared = await gateway.graphql(KNOWN, { input: { name, maxLength: 5 } });
    expect(declared).toMatchObject({
      data: {
        declareQueue: {
          name,
          type: "CLASSIC",
          durable: true,
          arguments: { "x-max-length": 5, "x-queue-type": "classic" },
          messagesReady: 0,
          consumers: 0,
          messagesUnacknowledged: null,
        },
      },
      errors: [
        {
          path: ["declareQueue", "messagesUnacknowledged"],
          message: expect.stringContaining("management-url"),
          extensions: { code: "NOT_SUPPORTED" },
        },
      ],
    });
    expect(JSON.stringify(declared)).not.toMatch(/127\.0\.0\.1|guest|ECONN/);
    await published(gateway, { exchange: "", routingKey: name });
    expect(dataOf(await gateway.graphql(COUNTS, { name }))).toEqual({
      queue: { name, messagesReady: 1, consumers: 0 },
    });
    expect(dataOf(await gateway.graphql(DURABLE, { name: "no such queue" }))).toEqual({
      queue: null,
    });
    const refused = await Promise.all([
      gateway.graphql(DURABLE, { name }),
      gateway.graphql("{ queues { name } }"),
      gateway.graphql("{ exchanges { name } }"),
      gateway.graphql('{ exchange(name: "amq.topic") { name } }'),
    ]);
    expect(refused.map(codesOf)).toEqual(refused.map(() => ["NOT_SUPPORTED"]));
    expect(
      dataOf(
        await gateway.graphql("mutation Delete($name: String!) { deleteQueue(name: $name) }", {
          name,
        }),
      ),
    ).toEqual({ deleteQueue: 1 });
  },
);

test(
  "one that comes back is asked again, and one that has become slow is told as such",
  { timeout: 30_000 },
  async () => {
    const { managementUrl } = sharedRabbitMq();
    const { username, password, origin } = new URL(managementUrl);
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    let does: "refuses" | "passes on" | "hangs" = "refuses";
    const between = await apiThat(({ url = "" }, response) => {
      if (does === "hangs") return;
      if (does === "refuses") response.writeHead(503).end();
      else
        void fetch(origin + url, { headers: { authorization } }).then(async (answer) =>
          response.writeHead(answer.status).end(await answer.text()),
        );
    });
    const gateway = await gatewayWith(between);
    const name = `queue-${randomUUID()}`;
    await gateway.graphql(DECLARE_QUEUE, { input: { name } });
    expect(codesOf(await gateway.graphql(DURABLE, { name }))).toEqual(["NOT_SUPPORTED"]);
    does = "passes on";
    expect(dataOf(await gateway.graphql(DURABLE, { name }))).toEqual({ queue: { durable: true } });
    does = "hangs";
    expect(codesOf(await gateway.graphql(DURABLE, { name }))).toEqual(["REQUEST_TIMEOUT"]);
    does = "passes on";
    expect(dataOf(await gateway.graphql(DURABLE, { name }))).toEqual({ queue: { durable: true } });
  },
);
