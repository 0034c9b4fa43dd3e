import { readFileSync } from "node:fs";

import { createClient } from "graphql-sse";
import { expect, test } from "vitest";

import { createGateway } from "../../src/gateway.ts";
import { eventually } from "../harness/eventually.ts";
import { sharedRabbitMq } from "../harness/rabbitmq/shared.ts";
import { createVirtualHost } from "../harness/rabbitmq/virtual-host.ts";

/** Every JSON in the first column of the document's table. */
const SHOWN = readFileSync(new URL("../../docs/amqp-types.md", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .flatMap((row) => [...(row.split(" | ")[0] ?? "").matchAll(/`([^`]+)`/g)])
  .map(([, json = ""]) => json);

/** What the document says does not come back as it went. */
const CHANGED = { '{"$double": 1}': 1, '{"$double": 1e300}': 1e300 };

/** Publishes headers through a gateway, and resolves with them as a subscriber gets them. */
async function roundTrip(headers: object, amqpUrl?: string): Promise<unknown> {
  const gateway = createGateway({ port: 0, logLevel: "silent", amqpUrl });
  try {
    const { url } = await gateway.listen();
    await eventually(() => expect(gateway.status.state).toBe("connected"));
    const client = createClient({ url: `${url}/graphql` });
    const feed = client.iterate<{ feed: { headers?: unknown } }>({
      query: `subscription { feed(exchange: "amq.fanout") { ... on Message { headers } } }`,
    });
    await feed.next();
    const receipt = await client
      .iterate({
        query: `mutation ($headers: JSONObject) {
          publish(input: { exchange: "amq.fanout", body: { text: "" }, headers: $headers }) { routed }
        }`,
        variables: { headers },
      })
      .next();
    expect(receipt.value).toEqual({ data: { publish: { routed: true } } });
    const { value } = await feed.next();
    client.dispose();
    return value?.data?.feed.headers;
  } finally {
    await gateway.close();
  }
}

const headers = Object.fromEntries(SHOWN.map((json) => [json, JSON.parse(json) as unknown]));

test("the table has every form", () => {
  expect(SHOWN).toHaveLength(15);
});

test("what docs/amqp-types.md shows goes through the embedded broker as it says", async () => {
  expect(await roundTrip(headers)).toEqual({ ...headers, ...CHANGED });
});

test("what docs/amqp-types.md shows goes through RabbitMQ as it says", async () => {
  const virtualHost = await createVirtualHost(sharedRabbitMq());
  try {
    expect(await roundTrip(headers, virtualHost.amqpUrl)).toEqual({ ...headers, ...CHANGED });
  } finally {
    await virtualHost.dispose();
  }
});
