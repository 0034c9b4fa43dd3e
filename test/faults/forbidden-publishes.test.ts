import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PUBLISH } from "../conformance/graphql/support/documents.ts";
import { codesOf, dataOf } from "../conformance/graphql/support/user.ts";
import { startGateway, type TestGateway } from "../harness/gateway.ts";
import { sharedRabbitMq } from "../harness/rabbitmq/shared.ts";
import { createVirtualHost } from "../harness/rabbitmq/virtual-host.ts";
import { startTcpProxy, type TcpProxy } from "../harness/tcp-proxy.ts";
import { measured } from "./support/measured.ts";

const POLICY = {
  version: 1,
  rules: [
    {
      name: "everyone",
      callers: "everyone",
      grants: [{ allow: ["publish", "request"], exchanges: "amq.topic", keys: "open.#" }],
    },
  ],
};

/** Each names a key, or a queue, that is nobody's. */
const FORBIDDEN: readonly (readonly [string, Record<string, unknown>, code: string])[] = [
  ["a routing key", { routingKey: "secret.a" }, "FORBIDDEN"],
  ["CC", { headers: { CC: ["open.b", "secret.a"] } }, "FORBIDDEN"],
  ["BCC", { headers: { BCC: ["secret.a"] } }, "FORBIDDEN"],
  ["CC and BCC, one of each", { headers: { CC: ["open.b"], BCC: ["secret.a"] } }, "FORBIDDEN"],
  ["CC that is a text", { headers: { CC: "secret.a" } }, "BAD_USER_INPUT"],
  ["BCC with a table in it", { headers: { BCC: [{ key: "secret.a" }] } }, "BAD_USER_INPUT"],
  ["a queue, through the default exchange", { exchange: "", routingKey: "secret" }, "FORBIDDEN"],
  ["replyTo", { properties: { replyTo: "secret" } }, "FORBIDDEN"],
];

describe("with the broker cut off, so that nothing that it would have to be asked could be answered", () => {
  let virtualHost: Awaited<ReturnType<typeof createVirtualHost>>;
  let proxy: TcpProxy;
  let gateway: TestGateway;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rabbitql-test-policy-"));
    const policy = join(folder, "policy.json");
    await writeFile(policy, JSON.stringify(POLICY));
    virtualHost = await createVirtualHost(sharedRabbitMq());
    const amqpUrl = new URL(virtualHost.amqpUrl);
    proxy = await startTcpProxy({ port: Number(amqpUrl.port) });
    amqpUrl.port = String(proxy.port);
    gateway = await startGateway({ broker: "rabbitmq", amqpUrl: amqpUrl.href, policy });
  });
  afterAll(async () => {
    await gateway.close();
    await proxy.close();
    await virtualHost.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  const publish = (more: Record<string, unknown>) =>
    gateway.graphql(PUBLISH, {
      input: { exchange: "amq.topic", routingKey: "open.a", body: { text: "x" }, ...more },
    });

  test("fault 25: CC and BCC that name a forbidden key are refused before any frame is written", async () => {
    dataOf(await publish({}));
    proxy.stall(true);
    const startedAt = performance.now();
    for (const [what, more, code] of FORBIDDEN)
      expect.soft(codesOf(await publish(more)), what).toEqual([code]);
    measured(
      "25",
      `${FORBIDDEN.length} forbidden publishes refused in ${Math.round(performance.now() - startedAt)} ms, the broker cut off`,
    );
    proxy.stall(false);
    dataOf(await publish({ headers: { CC: ["open.b"], BCC: ["open.c"] } }));
  });
});
