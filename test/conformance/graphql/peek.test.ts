import { describe, expect, test } from "vitest";
import { eventually } from "../../harness/eventually.ts";
import { BROKERS } from "../../harness/gateway.ts";
import { sharedRabbitMq } from "../../harness/rabbitmq/shared.ts";
import { onlyOn } from "./support/only-on.ts";
import { Neighbour } from "./support/neighbour.ts";
import { QueueUser } from "./support/queue-user.ts";
import { sharedGateway } from "./support/shared-gateway.ts";
import { codesOf, dataOf } from "./support/user.ts";

const PEEK = `query ($queue: String!, $limit: Int! = 10) {
  peek(queue: $queue, limit: $limit) { text redelivered headers exchange routingKey properties { messageId } }
}`;

interface Seen {
  readonly text: string;
  readonly redelivered: boolean;
  readonly headers: Record<string, unknown>;
}

describe.each(BROKERS)("peek on %s", (broker) => {
  const gateway = sharedGateway({
    broker,
    ...(broker === "rabbitmq" && { managementUrl: sharedRabbitMq().managementUrl }),
    peekMaxMessages: 20,
    peekMaxBytes: 2048,
  });
  const peeked = async (queue: string, limit = 10) => {
    const { peek } = dataOf(await gateway().graphql(PEEK, { queue, limit }));
    return peek as readonly Seen[];
  };
  const texts = async (queue: string, limit?: number) =>
    (await peeked(queue, limit)).map(({ text }) => text);
  const refused = async (queue: string, limit?: number) => {
    const result = await gateway().graphql(PEEK, { queue, limit });
    return { codes: codesOf(result), message: result.errors?.[0]?.message };
  };

  test("shows the next messages, and leaves them where they are", async () => {
    const user = await QueueUser.of(gateway());
    const queue = await user.queue();
    for (const body of ["a", "b", "c", "d"]) await user.send(queue, body);
    expect(await texts(queue, 3)).toEqual(["a", "b", "c"]);
    expect(await texts(queue)).toEqual(["a", "b", "c", "d"]);
    expect((await peeked(queue)).map(({ redelivered }) => redelivered)).toEqual(
      Array.from({ length: 4 }, () => true),
    );
    expect(await user.take(queue)).toEqual(["a*", "b*", "c*", "d*"]);
    expect(await texts(queue)).toEqual([]);
  });

  test("looks at the same time see the same, and change no order", async () => {
    const user = await QueueUser.of(gateway());
    const queue = await user.queue();
    const bodies = Array.from({ length: 30 }, (_, place) => String(place));
    for (const body of bodies) await user.send(queue, body);
    const looks = await Promise.all(Array.from({ length: 12 }, () => texts(queue, 20)));
    expect(looks).toEqual(looks.map(() => bodies.slice(0, 20)));
    expect((await user.take(queue)).map((body) => body.replace("*", ""))).toEqual(bodies);
  });

  test.for(onlyOn(broker, "rabbitmq"))(
    "beside a consumer each message is still consumed, once",
    async () => {
      const neighbour = await Neighbour.of(gateway());
      const queue = await neighbour.queue();
      const consumed: string[] = [];
      await neighbour.channel.prefetch(1);
      const bodies = Array.from({ length: 200 }, (_, place) => String(place));
      for (const body of bodies) await neighbour.send(queue, body);
      await neighbour.channel.consume(queue, (message) => {
        if (!message) return;
        consumed.push(message.content.toString());
        neighbour.channel.ack(message);
      });
      while (consumed.length < bodies.length) await peeked(queue, 5);
      expect(consumed.toSorted((a, b) => Number(a) - Number(b))).toEqual(bodies);
      expect(await texts(queue)).toEqual([]);
    },
  );

  test("of a dead letter says why, from where, how often and when", async () => {
    const user = await QueueUser.of(gateway());
    const { work, dead } = await user.workQueue();
    await user.send(work, "poison", { messageId: "m-1" });
    await user.reject(work);
    const [letter] = await eventually(async () => {
      const letters = await peeked(dead);
      expect(letters).toHaveLength(1);
      return letters;
    });
    expect(letter?.headers).toMatchObject({
      "x-death": [
        {
          reason: "rejected",
          queue: work,
          count: 1,
          exchange: "",
          "routing-keys": [work],
          time: { $timestamp: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) },
        },
      ],
      "x-first-death-reason": "rejected",
    });
  });

  test("of what is large stops where its bytes are used up", async () => {
    const user = await QueueUser.of(gateway());
    const queue = await user.queue();
    for (const letter of ["a", "b", "c", "d"]) await user.send(queue, letter.repeat(1000));
    expect((await texts(queue)).map((text) => text[0])).toEqual(["a", "b", "c"]);
  });

  test.for([
    [0, "BAD_USER_INPUT", "limit is 0; it must be from 1 to 20"],
    [21, "LIMIT_EXCEEDED", "limit is 21; at most 20 messages are taken"],
  ] as const)("a limit of %i is %s", async ([limit, code, message]) => {
    expect(await refused("any", limit)).toEqual({ codes: [code], message });
  });

  test("a missing queue is NOT_FOUND, an empty name BAD_USER_INPUT", async () => {
    expect(await refused("nowhere")).toEqual({
      codes: ["NOT_FOUND"],
      message: 'There is no queue "nowhere"',
    });
    expect(await refused("")).toMatchObject({ codes: ["BAD_USER_INPUT"] });
  });

  test.for(onlyOn(broker, "rabbitmq"))(
    "a quorum queue without a delivery limit is looked into as often as one likes",
    async () => {
      const neighbour = await Neighbour.of(gateway());
      const queue = await neighbour.queue({ "x-queue-type": "quorum" });
      for (const body of ["a", "b", "c"]) await neighbour.send(queue, body);
      for (let times = 0; times < 5; times++)
        await eventually(async () => {
          expect(await texts(queue)).toEqual(["a", "b", "c"]);
        });
    },
  );

  test.for(onlyOn(broker, "rabbitmq"))(
    "a quorum queue with a delivery limit is refused, and loses nothing",
    async () => {
      const neighbour = await Neighbour.of(gateway());
      const queue = await neighbour.queue({ "x-queue-type": "quorum", "x-delivery-limit": 1 });
      await neighbour.send(queue, "a");
      for (let times = 0; times < 4; times++) {
        const { codes, message } = await refused(queue);
        expect(codes).toEqual(["NOT_SUPPORTED"]);
        expect(message).toMatch("a delivery limit of 1");
      }
      expect(await neighbour.take(queue)).toEqual(["a"]);
    },
  );

  test.for(onlyOn(broker, "rabbitmq"))("a stream is refused, and says what to use", async () => {
    const neighbour = await Neighbour.of(gateway());
    const stream = await neighbour.queue({ "x-queue-type": "stream" });
    const { codes, message } = await refused(stream);
    expect(codes).toEqual(["NOT_SUPPORTED"]);
    expect(message).toMatch(`the stream "${stream}"`);
    expect(message).toMatch("replay");
  });
});
