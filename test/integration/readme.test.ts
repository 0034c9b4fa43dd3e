import { readFileSync } from "node:fs";

import { createClient } from "graphql-sse";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { createGateway, type Gateway } from "../../src/gateway.ts";
import { eventually } from "../harness/eventually.ts";
import { sharedRabbitMq } from "../harness/rabbitmq/shared.ts";
import { createVirtualHost, type VirtualHost } from "../harness/rabbitmq/virtual-host.ts";
import { codeBlocks, type CodeBlock } from "./readme/code-blocks.ts";
import { Reader } from "./readme/reader.ts";
import { compileSnippets, type Snippets } from "./readme/snippets.ts";

const README = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const BLOCKS = codeBlocks(README);
const SNIPPETS = BLOCKS.filter(({ kind }) => kind.startsWith("ts"));
const SECTIONS = [...new Set(BLOCKS.map(({ section }) => section))];

const firstLine = ({ code }: CodeBlock) => code.split("\n", 1)[0];

describe("the blocks of code", () => {
  test("every fence is one of a block", () => {
    expect(README.match(/^ *```/gm)).toHaveLength(2 * BLOCKS.length);
  });

  test("every block is of a kind that is run or compared, or says that it is not run", () => {
    expect(Object.keys(Reader.KINDS)).toEqual(
      expect.arrayContaining(BLOCKS.map(({ kind }) => kind)),
    );
  });

  test("these are not run, and no other", () => {
    const notRun = BLOCKS.filter(({ kind }) => kind.endsWith("not-run")).map(firstLine);
    expect(notRun).toEqual([
      "npm ci && npm start",
      "AMQP_URL=amqp://user:password@localhost:5672 npm start",
      "npm ci && npm test",
      expect.stringMatching(/^npm start -- --host 0.0.0.0 --jwt-issuer /),
      expect.stringMatching(/^rabbitql explain --policy policy.yaml /),
      "rabbitmqctl add_user rabbitql 'a-long-password'",
      "rabbitmq-plugins enable rabbitmq_management",
      "docker compose up --build",
      "AMQP_URL=amqp://user:password@localhost:5672 npm start -- --workers 4",
    ]);
  });
});

let snippets: Snippets;
beforeAll(async () => {
  snippets = await compileSnippets(SNIPPETS.map(({ code }) => code));
});
afterAll(() => snippets?.dispose());

async function connectedGateway(amqpUrl?: string): Promise<{ gateway: Gateway; host: string }> {
  const gateway = createGateway({ port: 0, logLevel: "silent", amqpUrl });
  const { url } = await gateway.listen();
  await eventually(() => expect(gateway.status.state).toBe("connected"));
  return { gateway, host: new URL(url).host };
}

function sectionsCanBeFollowed(start: () => Promise<{ amqpUrl?: string }>): void {
  let gateway: Gateway;
  let reader: () => Reader;

  beforeAll(async () => {
    const { amqpUrl } = await start();
    const connected = await connectedGateway(amqpUrl);
    gateway = connected.gateway;
    reader = () =>
      new Reader({
        host: connected.host,
        env: { PORT: "0", ...(amqpUrl !== undefined && { AMQP_URL: amqpUrl }) },
        compiled: (block, edit) => snippets.file(SNIPPETS.indexOf(block), edit),
      });
  });
  afterAll(() => gateway?.close());

  test.for(SECTIONS)("%s", async (name, { signal }) => {
    const blocks = BLOCKS.filter(({ section }) => section === name);
    for (const { shown, seen } of await reader().read(blocks, signal)) expect(seen).toEqual(shown);
  });
}

describe("each section, on the embedded broker", () => {
  sectionsCanBeFollowed(async () => ({}));
});

describe("each section, on RabbitMQ", () => {
  let virtualHost: VirtualHost;
  sectionsCanBeFollowed(async () => (virtualHost = await createVirtualHost(sharedRabbitMq())));
  afterAll(() => virtualHost?.dispose());
});

describe("the permissions on RabbitMQ that it advises", () => {
  const USER = `rabbitql-test-${process.pid}`;
  const [, configure, write, read] =
    /set_permissions -p \/ rabbitql '(.+)' '(.+)' '(.+)'/.exec(README) ?? [];
  let virtualHost: VirtualHost;
  let gateway: Gateway;
  let host: string;

  beforeAll(async () => {
    virtualHost = await createVirtualHost(sharedRabbitMq());
    const amqpUrl = new URL(virtualHost.amqpUrl);
    const name = amqpUrl.pathname.slice(1);
    await virtualHost.management(`/api/users/${USER}`, {
      method: "PUT",
      body: { password: "a-long-password", tags: "" },
    });
    await virtualHost.management(`/api/permissions/${name}/${USER}`, {
      method: "PUT",
      body: { configure, write, read },
    });
    for (const exchange of ["orders", "secrets"])
      await virtualHost.management(`/api/exchanges/${name}/${exchange}`, {
        method: "PUT",
        body: { type: "fanout" },
      });
    amqpUrl.username = USER;
    amqpUrl.password = "a-long-password";
    ({ gateway, host } = await connectedGateway(amqpUrl.href));
  });
  afterAll(async () => {
    await gateway?.close();
    await virtualHost?.management(`/api/users/${USER}`, { method: "DELETE" });
    await virtualHost?.dispose();
  });

  const answers = async (query: string): Promise<unknown> => {
    const response = await fetch(`http://${host}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query }),
    });
    return response.json();
  };

  test("are enough to subscribe to an exchange and to publish to it", async () => {
    const client = createClient({ url: `http://${host}/graphql` });
    const feed = client.iterate({
      query: 'subscription { feed(exchange: "orders") { __typename } }',
    });
    expect(await feed.next()).toMatchObject({ value: { data: { feed: { __typename: "Live" } } } });
    expect(await answers(publishTo("orders"))).toEqual({ data: { publish: { routed: true } } });
    expect(await feed.next()).toMatchObject({
      value: { data: { feed: { __typename: "Message" } } },
    });
    client.dispose();
  });

  test("are no more than that", async () => {
    expect(await answers(publishTo("secrets"))).toMatchObject({
      errors: [{ extensions: { code: "FORBIDDEN" } }],
    });
  });
});

const publishTo = (exchange: string) =>
  `mutation { publish(input: { exchange: "${exchange}", body: { text: "" } }) { routed } }`;
