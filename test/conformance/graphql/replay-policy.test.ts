import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { startGateway, type TestGateway } from "../../harness/gateway.ts";
import { metricOf } from "../../harness/metric.ts";
import { numbered, openTestStream, type TestStream } from "../../harness/stream.ts";
import { ProtocolSocket } from "./support/protocol-socket.ts";
import { openSse } from "./support/sse-stream.ts";
import { codesOf, eventOf, nextEvents } from "./support/user.ts";

const REPLAY = /* GraphQL */ `
  subscription ($stream: String!, $from: ReplayFrom!) {
    replay(stream: $stream, from: $from) {
      text
      cursor
    }
  }
`;
const FIRST = { position: "FIRST" };

const grantedTo = (...allowed: readonly string[]) => ({
  version: 1,
  rules: allowed.map((allow) => ({
    name: `those who ${allow}`,
    callers: { claims: { may: allow } },
    grants: [{ allow, queues: "readings.#" }],
  })),
});
const GRANTED = grantedTo("read", "consume", "publish");

describe("replay under a policy, over RabbitMQ", () => {
  let folder: string;
  let path: string;
  let gateway: TestGateway;
  let stream: TestStream;
  let secret: TestStream;
  const changeTo = async (policy: unknown) => {
    await writeFile(path, JSON.stringify(policy));
    gateway.gateway.reload();
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rabbitql-test-policy-"));
    path = join(folder, "policy.json");
    await writeFile(path, JSON.stringify(GRANTED));
    gateway = await startGateway({
      broker: "rabbitmq",
      policy: path,
      authenticate: ({ headers, connectionParams }) => {
        const shown = connectionParams?.["may"] ?? headers["x-may"];
        const may = typeof shown === "string" ? shown : "nothing";
        return { id: may, claims: { may } };
      },
    });
    const amqpUrl = gateway.rabbitMq?.amqpUrl ?? "";
    stream = await openTestStream(amqpUrl, { name: `readings.${randomUUID()}` });
    secret = await openTestStream(amqpUrl, { name: `secret.${randomUUID()}` });
    await stream.publish(numbered(0, 3));
    await secret.publish(numbered(0, 3));
  });
  afterAll(async () => {
    await Promise.all([stream.close(), secret.close()]);
    await gateway.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(() => changeTo(GRANTED));

  async function socketOf(may: string): Promise<ProtocolSocket> {
    const socket = await ProtocolSocket.open(gateway.wsUrl, { connectionParams: { may } });
    onTestFinished(() => socket.socket.terminate());
    return socket;
  }

  /** Clients that have gone are told to nobody. */
  async function expectSubscribers(count: number): Promise<void> {
    await expect
      .poll(() => metricOf(gateway, "rabbitql_subscribers"), { timeout: 5_000 })
      .toBe(count);
  }

  test.each(["read", "consume"])("is allowed to who may %s the stream", async (may) => {
    const socket = await socketOf(may);
    const asked = { stream: stream.name, from: FIRST };
    const events = await nextEvents(socket.subscribe(REPLAY, asked), 3);
    expect(events.map(({ text }) => text)).toEqual(numbered(0, 3));
    const sse = await openSse(gateway, REPLAY, asked, { "x-may": may });
    expect(eventOf(await sse.next())["text"]).toBe("0");
    sse.abort();
  });

  test("is refused to everyone else, over both transports, in the same words whether or not it is there", async () => {
    const refusals = new Set<string>();
    const refused = async (may: string, name: string, from: object) => {
      const asked = { stream: name, from };
      const result = await (await socketOf(may)).execute(REPLAY, asked);
      const sse = await openSse(gateway, REPLAY, asked, { "x-may": may });
      for (const told of [result, await sse.next()]) {
        expect(codesOf(told)).toEqual(["FORBIDDEN"]);
        expect(told.data ?? null).toBeNull();
        refusals.add(told.errors?.[0]?.message.replace(name, "…") ?? "");
      }
      await sse.ended;
    };
    await refused("publish", stream.name, FIRST);
    await refused("nothing", stream.name, FIRST);
    await refused("read", secret.name, FIRST);
    await refused("read", `secret.${randomUUID()}`, FIRST);
    await refused("consume", secret.name, { position: "NEXT" });
    await refused("read", secret.name, { cursor: "of nobody's" });
    expect(refusals.size).toBe(1);
    await expectSubscribers(0);
  });

  test("ends with FORBIDDEN when the policy takes it back; others go on, and a cursor is no pass", async () => {
    const [reader, consumer] = [await socketOf("read"), await socketOf("consume")];
    const asked = { stream: stream.name, from: FIRST };
    const replays = [reader.subscribe(REPLAY, asked), consumer.subscribe(REPLAY, asked)] as const;
    const [gone, kept] = replays;
    const sse = await openSse(gateway, REPLAY, asked, { "x-may": "read" });
    for (const replay of replays) await nextEvents(replay, 2);
    const { cursor } = (await nextEvents(gone, 1))[0] ?? {};
    expect(cursor).toEqual(expect.any(String));
    for (let count = 0; count < 3; count++) eventOf(await sse.next());

    await changeTo(grantedTo("consume"));
    expect(codesOf(await gone.next())).toEqual(["FORBIDDEN"]);
    expect(await gone.ended).toBe("error");
    expect(codesOf(await sse.next())).toEqual(["FORBIDDEN"]);
    await sse.ended;
    await stream.publish(["after"]);
    expect((await nextEvents(kept, 2)).map(({ text }) => text)).toEqual(["2", "after"]);
    expect(reader.texts.filter((text) => text.includes("after"))).toEqual([]);
    expect(
      codesOf(await reader.execute(REPLAY, { stream: stream.name, from: { cursor } })),
    ).toEqual(["FORBIDDEN"]);
    expect(reader.isOpen).toBe(true);
    // Those that have ended read no more.
    await expectSubscribers(1);

    await changeTo(GRANTED);
    const again = reader.subscribe(REPLAY, { stream: stream.name, from: { cursor } });
    expect((await nextEvents(again, 1)).map(({ text }) => text)).toEqual(["after"]);
  });
});
