import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../../harness/eventually.ts";
import { BROKERS, startGateway, type TestGateway } from "../../harness/gateway.ts";
import { sharedRabbitMq } from "../../harness/rabbitmq/shared.ts";
import { FEED } from "./support/documents.ts";
import type { Operation } from "./support/operation.ts";
import { ProtocolSocket } from "./support/protocol-socket.ts";
import { openSse } from "./support/sse-stream.ts";
import { codesOf, dataOf, declared, eventOf, published, queuesBehind } from "./support/user.ts";

/** Executed by graphql-js, and not in a group: the directive is one for it alone. */
const FEED_ALONE = FEED.replace("headers: $headers) {", "headers: $headers) @include(if: true) {");
const DECLARE_QUEUE = `mutation ($input: DeclareQueueInput!) { declareQueue(input: $input) { name } }`;
const DELIVERIES = `subscription ($queue: String!) { deliveries(queue: $queue) { id } }`;
const ACK = `mutation ($ids: [ID!]!) { ack(deliveryIds: $ids) }`;
const MESSAGES = `subscription ($exchange: String!, $routingPatterns: [String!]) {
  messages(exchange: $exchange, routingPatterns: $routingPatterns) { routingKey }
}`;

const tenantsOf = (pattern: string) => ({
  version: 1,
  rules: [
    {
      name: "the operator",
      callers: { claims: { role: "operator" } },
      grants: [
        { allow: ["publish", "subscribe", "configure"], exchanges: "#" },
        { allow: ["publish", "configure"], queues: "#" },
        { allow: "read", broker: true },
      ],
    },
    {
      name: "tenants",
      callers: { kind: "hook" },
      grants: [
        { allow: "subscribe", exchanges: "#", keys: pattern },
        { allow: "subscribe", exchanges: "#", keys: "everyone.#" },
        { allow: "consume", queues: `work.${pattern}` },
      ],
    },
  ],
});
const TENANTS = tenantsOf("{claims.tenant}.#");

const keyOf = async (operation: Operation) => eventOf(await operation.next())["routingKey"];

describe.each(BROKERS)("a policy, on %s", (broker) => {
  let folder: string;
  let path: string;
  let gateway: TestGateway;
  let exchange: string;
  const write = (policy: unknown) => writeFile(path, JSON.stringify(policy));

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rabbitql-test-policy-"));
    path = join(folder, "policy.json");
    await write(TENANTS);
    gateway = await startGateway({
      broker,
      ...(broker === "rabbitmq" && { managementUrl: sharedRabbitMq().managementUrl }),
      policy: path,
      authenticate: ({ headers, connectionParams }) => {
        // Whoever shows nothing is the one who prepares the tests.
        const tenant = connectionParams?.["tenant"] ?? headers["x-tenant"];
        return typeof tenant === "string"
          ? { id: tenant, claims: { tenant } }
          : { id: "operator", claims: { role: "operator" } };
      },
    });
    exchange = await declared(gateway, "TOPIC");
  });
  afterAll(async () => {
    await gateway.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    await write(TENANTS);
    gateway.gateway.reload();
  });

  async function socketOf(tenant: string): Promise<ProtocolSocket> {
    return await ProtocolSocket.open(gateway.wsUrl, { connectionParams: { tenant } });
  }
  const publish = (routingKey: string) => published(gateway, { exchange, routingKey });

  test("each tenant hears what is its own, and is refused the others'", async () => {
    const [acme, other] = [await socketOf("acme"), await socketOf("other")];
    const mine = acme.subscribe(FEED, { exchange, routingPatterns: ["acme.#"] });
    expect(eventOf(await mine.next())["__typename"]).toBe("Live");
    for (const query of [FEED, FEED_ALONE, MESSAGES]) {
      const refused = other.subscribe(query, { exchange, routingPatterns: ["acme.#"] });
      expect(codesOf(await refused.next())).toEqual(["FORBIDDEN"]);
    }
    await publish("other.a");
    await publish("acme.b");
    expect(await keyOf(mine)).toBe("acme.b");
    await acme.close();
    await other.close();
  });

  test("over SSE, by each of its ways", async () => {
    for (const query of [FEED, FEED_ALONE]) {
      const stream = await openSse(
        gateway,
        query,
        { exchange, routingPatterns: ["acme.#"] },
        { "x-tenant": "other" },
      );
      expect(codesOf(await stream.next())).toEqual(["FORBIDDEN"]);
      await stream.ended;
    }
  });

  test.each(["FANOUT", "HEADERS"] as const)(
    "keys that are granted say nothing of an exchange of type %s",
    async (type) => {
      const other = await declared(gateway, type);
      const socket = await socketOf("acme");
      const feed = socket.subscribe(FEED, { exchange: other, routingPatterns: ["acme.#"] });
      expect(codesOf(await feed.next())).toEqual(["FORBIDDEN"]);
      const nowhere = socket.subscribe(FEED, { exchange: "nowhere", routingPatterns: ["acme.#"] });
      expect(codesOf(await nowhere.next())).toEqual(["NOT_FOUND"]);
      await socket.close();
    },
  );

  test("two share what both may have; who may not does not join them", async () => {
    const sockets = await Promise.all(["acme", "other", "third"].map(socketOf));
    const shared = sockets.map((socket) =>
      socket.subscribe(FEED, { exchange, routingPatterns: ["everyone.#"] }),
    );
    for (const feed of shared) expect(eventOf(await feed.next())["__typename"]).toBe("Live");
    expect(await queuesBehind(gateway)).toHaveLength(broker === "rabbitmq" ? 1 : 0);
    await publish("everyone.a");
    for (const feed of shared) expect(await keyOf(feed)).toBe("everyone.a");
    for (const socket of sockets) await socket.close();
  });

  test.each([
    ["in a group", FEED],
    ["by graphql-js", FEED_ALONE],
  ])("a change ends what is no longer allowed, and nothing else: %s", async (_way, query) => {
    const socket = await socketOf("acme");
    const gone = socket.subscribe(query, { exchange, routingPatterns: ["acme.#"] });
    const kept = socket.subscribe(query, { exchange, routingPatterns: ["everyone.#"] });
    // In the same group as the one that goes, for whom nothing changes.
    const operator = await ProtocolSocket.open(gateway.wsUrl);
    const neighbour = operator.subscribe(query, { exchange, routingPatterns: ["acme.#"] });
    for (const feed of [gone, kept, neighbour])
      expect(eventOf(await feed.next())["__typename"]).toBe("Live");
    await write(tenantsOf("{claims.tenant}.only.#"));
    gateway.gateway.reload();
    expect(codesOf(await gone.next())).toEqual(["FORBIDDEN"]);
    expect(await gone.ended).toBe("error");
    await publish("acme.a");
    await publish("everyone.a");
    expect(await keyOf(neighbour)).toBe("acme.a");
    expect(await keyOf(kept)).toBe("everyone.a");
    expect(socket.isOpen).toBe(true);
    await socket.close();
    await operator.close();
  });

  test("a delivery belongs to whoever received it, for as long as it may", async () => {
    const queue = `work.acme.${randomUUID()}`;
    dataOf(await gateway.graphql(DECLARE_QUEUE, { input: { name: queue } }));
    await published(gateway, { exchange: "", routingKey: queue });
    const [acme, other] = [await socketOf("acme"), await socketOf("other")];
    expect(codesOf(await other.subscribe(DELIVERIES, { queue }).next())).toEqual(["FORBIDDEN"]);
    const work = acme.subscribe(DELIVERIES, { queue });
    const { id } = eventOf(await work.next());
    expect(codesOf(await other.execute(ACK, { ids: [id] }))).toEqual(["DELIVERY_UNKNOWN"]);
    await write(tenantsOf("{claims.tenant}.only.#"));
    gateway.gateway.reload();
    expect(codesOf(await work.next())).toEqual(["FORBIDDEN"]);
    // It is back in its queue.
    expect(codesOf(await acme.execute(ACK, { ids: [id] }))).toEqual(["DELIVERY_UNKNOWN"]);
    await write(TENANTS);
    gateway.gateway.reload();
    const again = acme.subscribe(DELIVERIES, { queue });
    const handed = eventOf(await again.next());
    expect(codesOf(await acme.execute(ACK, { ids: [handed["id"]] }))).toEqual([]);
    await acme.close();
    await other.close();
  });

  test("the file is looked at by itself, and one that is wrong changes nothing", async () => {
    const socket = await socketOf("acme");
    const feed = socket.subscribe(FEED, { exchange, routingPatterns: ["acme.#"] });
    expect(eventOf(await feed.next())["__typename"]).toBe("Live");
    await writeFile(path, "version: 1\nrules: nothing");
    gateway.gateway.reload();
    await publish("acme.a");
    expect(await keyOf(feed)).toBe("acme.a");
    await write({ version: 1, rules: [] });
    await eventually(async () => {
      const { errors } = await gateway.graphql("{ broker { kind } }");
      expect(errors?.[0]?.extensions?.["code"]).toBe("FORBIDDEN");
    });
    expect(codesOf(await feed.next())).toEqual(["FORBIDDEN"]);
    await socket.close();
  });
});
