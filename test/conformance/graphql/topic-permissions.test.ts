import { randomUUID } from "node:crypto";
import { describe, expect, onTestFinished, test } from "vitest";
import { startGateway, type TestGateway } from "../../harness/gateway.ts";
import { sharedRabbitMq } from "../../harness/rabbitmq/shared.ts";
import { createVirtualHost } from "../../harness/rabbitmq/virtual-host.ts";
import { PUBLISH_BATCH } from "./support/documents.ts";
import { published } from "./support/user.ts";

/** A gateway whose user may publish to amq.topic with keys that begin with "alice." (RabbitMQ, "Topic Authorisation"). */
async function gatewayOfAlice(): Promise<TestGateway> {
  const rabbitMq = sharedRabbitMq();
  const virtualHost = await createVirtualHost(rabbitMq);
  onTestFinished(() => virtualHost.dispose());
  const user = `alice-${randomUUID()}`;
  const amqpUrl = new URL(virtualHost.amqpUrl);
  const name = amqpUrl.pathname.slice(1);
  const put = (path: string, body: object) => rabbitMq.management(path, { method: "PUT", body });
  await put(`/api/users/${user}`, { password: user, tags: "" });
  onTestFinished(async () => {
    await rabbitMq.management(`/api/users/${user}`, { method: "DELETE" });
  });
  await put(`/api/permissions/${name}/${user}`, { configure: ".*", write: ".*", read: ".*" });
  await put(`/api/topic-permissions/${name}/${user}`, {
    exchange: "amq.topic",
    write: String.raw`^alice\.`,
    read: ".*",
  });
  amqpUrl.username = amqpUrl.password = user;
  const gateway = await startGateway({ broker: "rabbitmq", amqpUrl: amqpUrl.href });
  onTestFinished(() => gateway.close());
  return gateway;
}

/** How each of a batch ended: its code, or "confirmed". */
async function outcomes(gateway: TestGateway, keys: readonly string[]): Promise<unknown[]> {
  const inputs = keys.map((routingKey) => ({
    exchange: "amq.topic",
    routingKey,
    body: { text: "x" },
  }));
  const { data, errors = [] } = await gateway.graphql(PUBLISH_BATCH, { inputs });
  const { publishBatch: receipts } = data as { publishBatch: unknown[] };
  return keys.map((_key, place) => {
    const error = errors.find(({ path }) => path?.[1] === place);
    return error?.extensions?.["code"] ?? receipts[place] !== null;
  });
}

describe("a key that the user may not publish with", () => {
  test("is never the blame of the last in a batch that holds it", async () => {
    const gateway = await gatewayOfAlice();
    for (let time = 0; time < 5; time++) {
      const [first, culprit, after, last] = await outcomes(gateway, [
        "alice.2",
        "bob.1",
        "alice.3",
        "alice.4",
      ]);
      expect(["CONFIRM_UNKNOWN", true]).toContain(first);
      expect(["CONFIRM_UNKNOWN", "FORBIDDEN"]).toContain(culprit);
      expect(["CONFIRM_UNKNOWN", true]).toContain(after);
      expect(last).toBe(true);
    }
  });

  test("is FORBIDDEN where it is the last, and where it is alone", async () => {
    const gateway = await gatewayOfAlice();
    expect((await outcomes(gateway, ["alice.2", "alice.3", "bob.1"])).at(-1)).toBe("FORBIDDEN");
    expect(await outcomes(gateway, ["bob.1"])).toEqual(["FORBIDDEN"]);
    expect(
      await published(gateway, { exchange: "amq.topic", routingKey: "alice.5" }),
    ).toMatchObject({
      routingKey: "alice.5",
    });
  });

  test("leaves nobody waiting, however many there are and whatever is sent meanwhile", async () => {
    const gateway = await gatewayOfAlice();
    const keys = Array.from({ length: 40 }, (_, place) => (place % 4 === 1 ? "bob" : "alice"));
    const all = await Promise.all(
      keys.map(async (user, place) => {
        const [outcome] = await outcomes(gateway, [`${user}.${place}`]);
        return { user, outcome };
      }),
    );
    for (const { user, outcome } of all)
      expect(
        user === "bob"
          ? ["FORBIDDEN", "CONFIRM_UNKNOWN", "BUSY"]
          : [true, "CONFIRM_UNKNOWN", "BUSY"],
      ).toContain(outcome);
  });

  test("is nothing that publishes to other exchanges notice", async () => {
    const gateway = await gatewayOfAlice();
    const [forbidden, ...others] = await Promise.all([
      outcomes(gateway, ["bob.1", "alice.1"]),
      ...Array.from({ length: 10 }, () => published(gateway, { exchange: "amq.fanout" })),
    ]);
    expect(forbidden).toContain("FORBIDDEN");
    expect(others).toHaveLength(10);
  });
});
