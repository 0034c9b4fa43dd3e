import { describe, expect, test } from "vitest";
import { eventually } from "../../harness/eventually.ts";
import { BROKERS } from "../../harness/gateway.ts";
import { onlyOn, rowsOn } from "./support/only-on.ts";
import { DELETE_QUEUE } from "./support/documents.ts";
import { Neighbour } from "./support/neighbour.ts";
import { QueueUser } from "./support/queue-user.ts";
import { sharedGateway } from "./support/shared-gateway.ts";
import { codesOf, dataOf } from "./support/user.ts";

const REDRIVE = `mutation ($from: String!, $to: String, $limit: Int) {
  redrive(from: $from, to: $to, limit: $limit) { moved remaining }
}`;

interface Order {
  readonly from: string;
  readonly to?: string;
  readonly limit?: number;
}

async function ready(neighbour: Neighbour, queue: string): Promise<number> {
  return (await neighbour.channel.checkQueue(queue)).messageCount;
}

async function arrived(neighbour: Neighbour, queue: string, count: number): Promise<void> {
  await eventually(async () => {
    expect(await ready(neighbour, queue)).toBe(count);
  });
}

describe.each(BROKERS)("redrive on %s", (broker) => {
  const gateway = sharedGateway({ broker, redriveMaxMessages: 50 });
  const redrive = async (order: Order) =>
    dataOf(await gateway().graphql(REDRIVE, { ...order }))["redrive"];
  const refused = async (order: Order) => {
    const result = await gateway().graphql(REDRIVE, { ...order });
    return { codes: codesOf(result), message: result.errors?.[0]?.message };
  };
  test("moves dead letters back in order, and again from there", async () => {
    const user = await QueueUser.of(gateway());
    const { work, dead } = await user.workQueue();
    for (const body of ["a", "b", "c"]) await user.send(work, body);
    for (let times = 0; times < 3; times++) await user.reject(work);
    await user.arrived(dead, 3);
    expect(await redrive({ from: dead })).toEqual({ moved: 3, remaining: 0 });
    expect(await user.ready(dead)).toBe(0);
    await user.reject(work);
    await user.arrived(dead, 1);
    expect(await redrive({ from: dead })).toEqual({ moved: 1, remaining: 0 });
    // Those behind the last that was rejected may have been handed out meanwhile.
    const bodies = await user.take(work);
    expect(bodies.map((body) => body.replace("*", ""))).toEqual(["b", "c", "a"]);
    expect(await redrive({ from: dead })).toEqual({ moved: 0, remaining: 0 });
  });

  test("goes on where it has stopped, with a limit and without", async () => {
    const user = await QueueUser.of(gateway());
    const { work, dead } = await user.workQueue({ "x-message-ttl": 0 });
    const target = await user.queue();
    for (let place = 0; place < 70; place++) await user.send(work, String(place));
    await user.arrived(dead, 70);
    expect(await redrive({ from: dead, to: target, limit: 15 })).toEqual({
      moved: 15,
      remaining: 55,
    });
    expect(await redrive({ from: dead, to: target })).toEqual({ moved: 50, remaining: 5 });
    expect(await redrive({ from: dead, to: target })).toEqual({ moved: 5, remaining: 0 });
    expect(await user.take(target)).toEqual(
      Array.from({ length: 70 }, (_, place) => String(place)),
    );
  });

  test.for([
    ["rejected", {}, (user: QueueUser, work: string) => user.reject(work)],
    ["expired", { "x-message-ttl": 1 }, async () => {}],
    [
      "maxlen",
      { "x-max-length": 1 },
      async (user: QueueUser, work: string) => {
        await user.send(work, "pushes out");
        await user.take(work);
      },
    ],
  ] as const)("of what was dead-lettered as %s", async ([reason, queueArguments, kill]) => {
    const user = await QueueUser.of(gateway());
    const { work, dead } = await user.workQueue(queueArguments);
    await user.send(work, reason);
    await kill(user, work);
    await user.arrived(dead, 1);
    const [target, to] = reason === "expired" ? [await user.queue(), true] : [work, false];
    expect(await redrive({ from: dead, ...(to && { to: target }) })).toEqual({
      moved: 1,
      remaining: 0,
    });
    expect(await user.take(target)).toEqual([reason]);
  });

  test.for(onlyOn(broker, "rabbitmq"))(
    "of what a quorum queue had handed out too often",
    async () => {
      const neighbour = await Neighbour.of(gateway());
      const { work, dead } = await neighbour.workQueue({
        "x-queue-type": "quorum",
        "x-delivery-limit": 0,
      });
      await neighbour.send(work, "too often");
      const message = await neighbour.channel.get(work);
      if (message) neighbour.channel.nack(message, false, true);
      await arrived(neighbour, dead, 1);
      expect(await redrive({ from: dead })).toEqual({ moved: 1, remaining: 0 });
      expect(await neighbour.take(work)).toEqual(["too often"]);
    },
  );

  test.for(onlyOn(broker, "rabbitmq"))(
    "carries the message, and begins its life anew",
    async () => {
      const neighbour = await Neighbour.of(gateway());
      const { work, dead } = await neighbour.workQueue();
      const elsewhere = await neighbour.queue();
      const properties = {
        messageId: "m-1",
        correlationId: "c-1",
        contentType: "text/plain",
        priority: 4,
        replyTo: "somewhere",
        type: "order",
        appId: "shop",
        timestamp: 1_700_000_000,
        userId: "guest",
      };
      await neighbour.send(work, "body", {
        ...properties,
        expiration: 3_600_000,
        CC: [elsewhere],
        headers: { colour: "red", nested: { deep: [1, 2] }, "x-gql-attempt": 5 },
      });
      expect(await neighbour.take(elsewhere)).toEqual(["body"]);
      await neighbour.reject(work);
      await arrived(neighbour, dead, 1);
      expect(await redrive({ from: dead })).toEqual({ moved: 1, remaining: 0 });
      const message = await neighbour.channel.get(work, { noAck: true });
      expect(message).toMatchObject({
        content: Buffer.from("body"),
        fields: { exchange: "", routingKey: work, redelivered: false },
        properties: { ...properties, deliveryMode: 2, expiration: undefined },
      });
      expect(message && message.properties.headers).toEqual({
        colour: "red",
        nested: { deep: [1, 2] },
      });
      expect(await neighbour.take(elsewhere)).toEqual([]);
    },
  );

  test("where the origin is gone the message stays, and the others are moved", async () => {
    const user = await QueueUser.of(gateway());
    const { work, dead } = await user.workQueue();
    const gone = await user.queue({
      "x-dead-letter-exchange": "",
      "x-dead-letter-routing-key": dead,
    });
    for (const [queue, body] of [
      [work, "a"],
      [gone, "b"],
      [work, "c"],
    ] as const) {
      await user.send(queue, body, { messageId: body });
      await user.reject(queue);
    }
    await user.arrived(dead, 3);
    dataOf(await gateway().graphql(DELETE_QUEUE, { name: gone }));
    expect(await refused({ from: dead })).toEqual({
      codes: ["NOT_FOUND"],
      message: `There is no queue "${gone}"; it stays; 2 messages were moved, 1 remain`,
    });
    expect(await user.take(work)).toEqual(["a", "c"]);
    expect(await redrive({ from: dead, to: work })).toEqual({ moved: 1, remaining: 0 });
    expect(await user.take(work)).toEqual(["b"]);
  });

  /** Whoever may publish can write the header: such a message must not hold up those behind it. */
  test.for(
    rowsOn(broker, "rabbitmq", [
      ["z".repeat(300), "BAD_USER_INPUT"],
      ["two\nlines", "BAD_USER_INPUT"],
      ["amq.rabbitmq.reply-to", "BAD_USER_INPUT"],
      ["amq.rabbitmq.reply-to.forged", "BAD_USER_INPUT"],
      ["gql.somebody.tap.1", "FORBIDDEN"],
    ] as const),
  )("one that claims to have died in %j stays, and the others are moved", async ([queue, code]) => {
    const neighbour = await Neighbour.of(gateway());
    const { work, dead } = await neighbour.workQueue();
    await neighbour.send(dead, "forged", { headers: { "x-death": [{ queue }] } });
    for (const body of ["a", "b"]) await neighbour.send(work, body);
    for (let times = 0; times < 2; times++) await neighbour.reject(work);
    await arrived(neighbour, dead, 3);
    const { codes, message } = await refused({ from: dead });
    expect(codes).toEqual([code]);
    expect(message).toMatch(/; it stays; 2 messages were moved, 1 remain$/);
    expect(await neighbour.take(work)).toEqual(["a", "b"]);
    expect(await neighbour.take(dead)).toEqual(["forged*"]);
  });

  test("what is no dead letter stays, unless it is told where to go", async () => {
    const user = await QueueUser.of(gateway());
    const [from, to] = [await user.queue(), await user.queue()];
    await user.send(from, "alive", { messageId: "m-1" });
    const { codes, message } = await refused({ from });
    expect(codes).toEqual(["BAD_USER_INPUT"]);
    expect(message).toMatch('"m-1"');
    expect(await redrive({ from, to })).toEqual({ moved: 1, remaining: 0 });
    expect(await user.take(to)).toEqual(["alive"]);
  });

  test("ends although messages come back while it runs", async () => {
    const user = await QueueUser.of(gateway());
    const { work, dead } = await user.workQueue({ "x-message-ttl": 0 });
    for (let place = 0; place < 30; place++) await user.send(work, String(place));
    await user.arrived(dead, 30);
    expect(await redrive({ from: dead })).toMatchObject({ moved: 30 });
    await user.arrived(dead, 30);
  });

  test("where the queue takes no more, says so, and loses nothing", async () => {
    const user = await QueueUser.of(gateway());
    const [from, full] = [
      await user.queue(),
      await user.queue({ "x-max-length": 5, "x-overflow": "reject-publish" }),
    ];
    for (let place = 0; place < 20; place++) await user.send(from, String(place));
    const { codes } = await refused({ from, to: full });
    expect(codes).toEqual(["PUBLISH_REFUSED"]);
    const both = [...(await user.take(full)), ...(await user.take(from))];
    expect(both.map((body) => Number(body.replace("*", ""))).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, place) => place),
    );
  });

  test.for([
    [{ from: "a", limit: 0 }, "BAD_USER_INPUT", "limit is 0"],
    [{ from: "a", limit: 51 }, "LIMIT_EXCEEDED", "at most 50"],
    [{ from: "a", to: "a" }, "BAD_USER_INPUT", 'to is "a"'],
    [{ from: "" }, "BAD_USER_INPUT", "from"],
    [{ from: "nowhere" }, "NOT_FOUND", '"nowhere"'],
  ] as const)("of %j is %s", async ([order, code, says]) => {
    const { codes, message } = await refused(order);
    expect(codes).toEqual([code]);
    expect(message).toMatch(says);
  });
});
