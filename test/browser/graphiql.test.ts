import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createGateway, type Gateway } from "../../src/gateway.ts";
import { EXAMPLE_OPERATIONS } from "../../src/server/graphiql/example-operations.ts";
import { eventually } from "../harness/eventually.ts";
import { sharedRabbitMq } from "../harness/rabbitmq/shared.ts";
import { createVirtualHost } from "../harness/rabbitmq/virtual-host.ts";
import { openGraphiql, type GraphiqlWindow } from "./graphiql-window.ts";
import { launchChromium, watchedContext, type WatchedContext } from "./offline-browser.ts";

const BROKERS = [
  {
    kind: "EMBEDDED",
    prepare: async () => ({ options: {}, dispose: async () => {} }),
  },
  {
    kind: "RABBITMQ",
    prepare: async () => {
      const virtualHost = await createVirtualHost(sharedRabbitMq());
      return {
        options: { amqpUrl: virtualHost.amqpUrl },
        dispose: () => virtualHost.dispose(),
      };
    },
  },
] as const;

async function run(window: GraphiqlWindow, tab: string, shown: string): Promise<void> {
  await window.show(tab);
  await window.press();
  await window.shows(shown);
}

describe.for(BROKERS)("GraphiQL on $kind", ({ kind, prepare }) => {
  /** For what is GraphiQL's own, and no other on another broker. */
  const once = kind === "EMBEDDED" ? [kind] : [];
  let browser: Browser;
  let broker: Awaited<ReturnType<typeof prepare>>;
  let gateway: Gateway;
  let url: string;
  let watched: WatchedContext;

  const open = (): Promise<GraphiqlWindow> => openGraphiql(watched.context, `${url}/graphql`);

  beforeAll(async () => {
    browser = await launchChromium();
    broker = await prepare();
    gateway = createGateway({ ...broker.options, port: 0, logLevel: "silent" });
    ({ url } = await gateway.listen());
    await eventually(() => assert.equal(gateway.status.state, "connected"));
  });
  afterAll(async () => {
    await browser.close();
    await gateway.close();
    await broker.dispose();
  });

  beforeEach(async () => {
    watched = await watchedContext(browser, url);
  });
  afterEach(async () => {
    await watched.context.close();
    assert.deepEqual(watched.strayed, []);
    assert.deepEqual(watched.complaints, []);
  });

  test("opens on the examples, and says which broker it speaks to", async () => {
    const window = await open();
    expect(await window.tabs()).toHaveLength(EXAMPLE_OPERATIONS.length);
    await window.press();
    await window.shows(`"kind": "${kind}"`);
    await window.shows('"state": "CONNECTED"');
    expect(watched.requests).toEqual(["GET /graphql", "POST /graphql", "POST /graphql"]);
  });

  test("shows in one tab what is published in another", async () => {
    const window = await open();
    await window.show("TopicSubscribe");
    await window.press();
    await window.shows('"__typename": "Live"');
    await window.show("TopicPublish");
    await window.press();
    await window.shows('"routed": true');
    await window.show("TopicSubscribe");
    await window.shows('"routingKey": "order.created"');
    expect(await window.response()).toContain('"json":{"id":1001,"total":49.9,"currency":"EUR"}');
    expect(watched.requests.filter((request) => request.startsWith("WS"))).toEqual(["WS /graphql"]);
  });

  test("shows in one window what is published in another, for as long as it is not stopped", async () => {
    const subscriber = await open();
    const publisher = await open();
    await subscriber.show("TopicSubscribe");
    await subscriber.press();
    await subscriber.shows('"__typename": "Live"');
    await publisher.show("PublishBatch");
    await publisher.press();
    await publisher.shows('"code": "NOT_FOUND"');
    await subscriber.shows('"routingKey": "invoice.eu.sent"');

    await subscriber.press();
    await publisher.show("TopicPublish");
    await eventually(async () => {
      await publisher.press();
      await publisher.shows('"routed"');
      expect(await publisher.response()).toContain('"routed":false');
    });
    expect(await subscriber.response()).toContain('"routingKey":"invoice.eu.sent"');
  });

  test.for([
    ["Direct", '"text": "Ada has signed up"'],
    ["Fanout", '"text": "The shop is open"'],
    ["Headers", '"text": "The report of this quarter"'],
  ] as const)("has a pair of tabs for a %s exchange that works", async ([type, received]) => {
    const window = await open();
    await window.show(`${type}Subscribe`);
    await window.press();
    await window.show(`${type}Publish`);
    // `messages` does not say when it is live, but a receipt says that a queue was bound.
    await eventually(async () => {
      await window.press();
      await window.shows(type === "Direct" ? "message" : '"routed"');
      expect(await window.response()).toContain('"routed":true');
    });
    await window.show(`${type}Subscribe`);
    await window.shows(received);
  });

  test("hands out work, the most urgent first, and takes the queue back", async () => {
    const window = await open();
    await run(window, "WorkDeclare", '"x-max-priority": 9');
    await run(window, "WorkDeliveries", '"text": "Mend the roof"');
    await run(window, "WorkAck", '"code": "DELIVERY_UNKNOWN"');
    await run(window, "WorkRetry", '"code": "DELIVERY_UNKNOWN"');
    await run(window, "WorkDead", '"peek": []');
    await run(window, "WorkRedrive", '"moved": 0');
    await run(window, "WorkDelete", '"work"');
    expect(await window.response()).toContain('"dead":0');
  });

  test("asks, and reads a stream again where there are any", async () => {
    const window = await open();
    await run(window, "RequestReply", '"code": "UNROUTABLE"');
    expect(await window.response()).toContain('"data":null');
    if (kind === "EMBEDDED") {
      await run(window, "StreamDeclare", '"code": "NOT_SUPPORTED"');
      return;
    }
    await run(window, "StreamDeclare", '"type": "STREAM"');
    await run(window, "StreamReplay", '"celsius": 21.5');
    await run(window, "StreamDelete", '"deleteQueue"');
  });

  test("binds an exchange to an exchange, and takes it back", async () => {
    const window = await open();
    await window.show("AuditDeclare");
    await window.press();
    await window.shows('"destination": "examples.audit"');
    await window.show("AuditSubscribe");
    await window.press();
    await window.show("TopicPublish");
    await eventually(async () => {
      await window.press();
      await window.shows('"routed"');
      expect(await window.response()).toContain('"routed":true');
    });
    await window.show("AuditSubscribe");
    await window.shows('"routingKey": "order.created"');
    await window.press();
    await window.show("AuditDelete");
    await window.press();
    await window.shows('"deleteExchange": true');
  });

  test.for(once)("comes back to the tab that was shown last", async () => {
    const window = await open();
    await window.show("BrokerWatch");
    await eventually(async () => {
      const stored = await window.page.evaluate("localStorage['graphiql:tabState']");
      expect(stored).toContain(`"activeTabIndex":${EXAMPLE_OPERATIONS.length - 1}`);
    });
    await window.page.reload();
    await window.shown("BrokerWatch");
    expect(await window.tabs()).toHaveLength(EXAMPLE_OPERATIONS.length);
  });

  test("watches the connection to the broker", async () => {
    const window = await open();
    await window.show("BrokerWatch");
    await window.press();
    await window.shows('"state": "CONNECTED"');
    expect(await window.response()).toContain(`"kind":"${kind}"`);
  });

  test.for(once)("explains the schema in the words of its descriptions", async () => {
    const publish = gateway.schema.getMutationType()?.getFields()["publish"];
    const said = publish?.description?.split("\n", 1)[0] ?? "";
    const { page } = await open();
    await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
    await page
      .locator(".graphiql-doc-explorer")
      .getByText("Mutation", { exact: true })
      .first()
      .click();
    await page.locator(".graphiql-doc-explorer", { hasText: said }).waitFor();
    expect(said).not.toBe("");
  });
});
