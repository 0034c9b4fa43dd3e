import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { eventually } from "../../harness/eventually.ts";
import { BROKERS, type TestGateway } from "../../harness/gateway.ts";
import { metricOf } from "../../harness/metric.ts";
import { onlyOn } from "./support/only-on.ts";
import { BIND } from "./support/documents.ts";
import { sharedGateway, withSocket } from "./support/shared-gateway.ts";
import { codesOf, dataOf, declared, published } from "./support/user.ts";
import {
  declaredQueue,
  nextDeliveries,
  nextDelivery,
  overAmqp,
  queued,
  readyIn,
  settle,
  settled,
  work,
} from "./support/work.ts";

function urlOf({ rabbitMq }: TestGateway): string {
  if (!rabbitMq) throw new Error("The gateway has no RabbitMQ");
  return rabbitMq.amqpUrl;
}

async function withDeadLetters(gateway: TestGateway, more: Record<string, unknown> = {}) {
  const dead = await declaredQueue(gateway);
  const queue = await declaredQueue(gateway, {
    "x-dead-letter-exchange": "",
    "x-dead-letter-routing-key": dead,
    ...more,
  });
  return { queue, dead };
}

describe.each(BROKERS)("retry over %s", (broker) => {
  const gateway = sharedGateway({ broker });

  test("a message comes back after its delay, as it was, with the next attempt", async () => {
    const queue = await declaredQueue(gateway(), { "x-max-priority": 5 });
    const properties = {
      priority: 3,
      expirationMs: 60_000,
      correlationId: "c",
      messageId: randomUUID(),
      persistent: false,
      userId: "guest",
    };
    const headers = { colour: "red", "x-tries": 1 };
    const body = { text: "hello" };
    await published(gateway(), { exchange: "", routingKey: queue, body, headers, properties });
    await withSocket(gateway(), async (socket) => {
      const operation = work(socket, queue);
      const first = await nextDelivery(operation);
      expect(first).toMatchObject({ attempt: 1, message: { headers, properties } });
      let last = first;
      for (const attempt of [2, 3]) {
        const askedAt = performance.now();
        await settled(gateway(), "retry", [last.id], { delayMs: 240 });
        last = await nextDelivery(operation);
        expect(performance.now() - askedAt).toBeGreaterThanOrEqual(245);
        expect(last).toEqual({ ...first, id: last.id, attempt });
      }
      await settled(gateway(), "ack", [last.id]);
    });
    expect(await readyIn(gateway(), queue)).toBe(0);
  });

  test("other messages are handed out meanwhile, and a settled id is known no more", async () => {
    const queue = await declaredQueue(gateway());
    await queued(gateway(), queue, "1", "2");
    await withSocket(gateway(), async (socket) => {
      const operation = work(socket, queue, { prefetch: 1 });
      const first = await nextDelivery(operation);
      const twice = await settle(gateway(), "retry", [first.id, first.id], { delayMs: 100 });
      expect(twice.data).toEqual({ retry: [first.id, null] });
      expect(codesOf(twice)).toEqual(["DELIVERY_UNKNOWN"]);
      const second = await nextDelivery(operation);
      expect(second.message.text).toBe("2");
      await settled(gateway(), "ack", [second.id]);
      expect(await nextDelivery(operation)).toMatchObject({ attempt: 2, message: { text: "1" } });
    });
  });

  test("where it was published to is what it says, and CC leads it nowhere again", async () => {
    const [queue, copy] = [await declaredQueue(gateway()), await declaredQueue(gateway())];
    const exchange = await declared(gateway(), "TOPIC");
    for (const [destination, routingKey] of [
      [queue, "orders.*"],
      [copy, "copies"],
    ])
      dataOf(
        await gateway().graphql(BIND, { input: { source: exchange, destination, routingKey } }),
      );
    const headers = { CC: ["copies"] };
    await published(gateway(), { exchange, routingKey: "orders.1", headers });
    await withSocket(gateway(), async (socket) => {
      const operation = work(socket, queue);
      const first = await nextDelivery(operation);
      const copied = await nextDelivery(work(socket, copy));
      await settled(gateway(), "ack", [copied.id]);
      await settled(gateway(), "retry", [first.id], { delayMs: 0 });
      const again = await nextDelivery(operation);
      expect(again).toMatchObject({
        attempt: 2,
        message: { exchange, routingKey: "orders.1", headers },
      });
      expect(Object.keys(again.message.headers)).toEqual(["CC"]);
    });
    expect(await readyIn(gateway(), copy)).toBe(0);
  });

  test("past maxAttempts a message is dead-lettered with what became of it, and others go on", async () => {
    const { queue, dead } = await withDeadLetters(gateway());
    await queued(gateway(), queue, "poison");
    await withSocket(gateway(), async (socket) => {
      const operation = work(socket, queue, { maxAttempts: 3 });
      for (const attempt of [1, 2, 3]) {
        const delivery = await nextDelivery(operation);
        expect(delivery.attempt).toBe(attempt);
        await settled(gateway(), "retry", [delivery.id], { delayMs: 0 });
      }
      const buried = await nextDelivery(work(socket, dead));
      expect(buried).toMatchObject({ attempt: 1, message: { text: "poison" } });
      expect(buried.message.headers).toMatchObject({
        "x-death": [{ queue, reason: "rejected", count: 1 }],
        "x-first-death-queue": queue,
        "x-first-death-reason": "rejected",
      });
      expect(JSON.stringify(buried)).not.toContain("gql");
      await queued(gateway(), queue, "fine");
      expect(await nextDelivery(operation)).toMatchObject({ message: { text: "fine" } });
    });
    const exhausted = 'rabbitql_deliveries_ended_total{how="exhausted"}';
    expect(await metricOf(gateway(), exhausted)).toBe(1);
  });

  test.for(broker === "rabbitmq" ? ["classic", "quorum"] : ["classic"])(
    "on a %s queue attempts count returns and retries alike, and both end at maxAttempts",
    async (type) => {
      const { queue, dead } = await withDeadLetters(gateway(), { "x-queue-type": type });
      await queued(gateway(), queue, "poison");
      await withSocket(gateway(), async (socket) => {
        const attempts: number[] = [];
        for (let round = 0; round < 2; round++) {
          const operation = work(socket, queue, { maxAttempts: 6 });
          for (const how of ["requeue", "retry"] as const) {
            const delivery = await nextDelivery(operation);
            attempts.push(delivery.attempt);
            await settled(gateway(), how, [delivery.id], how === "retry" ? { delayMs: 0 } : {});
          }
          attempts.push((await nextDelivery(operation)).attempt);
          operation.complete();
          await eventually(async () => expect(await readyIn(gateway(), queue)).toBe(1));
        }
        expect(attempts).toEqual([1, 2, 3, 4, 5, 6]);
        const last = work(socket, queue, { maxAttempts: 6 });
        expect(await nextDelivery(work(socket, dead))).toMatchObject({
          message: { text: "poison" },
        });
        last.complete();
      });
    },
  );

  test.for(onlyOn(broker, "rabbitmq"))(
    "a message that comes back from dead letters begins again",
    async () => {
      const { queue, dead } = await withDeadLetters(gateway());
      await queued(gateway(), queue, "1");
      await withSocket(gateway(), async (socket) => {
        const operation = work(socket, queue, { maxAttempts: 2 });
        await settled(gateway(), "retry", [(await nextDelivery(operation)).id], { delayMs: 0 });
        await settled(gateway(), "retry", [(await nextDelivery(operation)).id], { delayMs: 0 });
        await eventually(async () => expect(await readyIn(gateway(), dead)).toBe(1));
        await overAmqp(urlOf(gateway()), async (channel) => {
          const message = await channel.get(dead, { noAck: true });
          if (!message) throw new Error("Nothing is dead");
          // As it is, with all that the gateway and the broker have written.
          channel.sendToQueue(queue, message.content, message.properties);
          await channel.waitForConfirms();
        });
        expect(await nextDelivery(operation)).toMatchObject({ attempt: 1, message: { text: "1" } });
      });
    },
  );

  test.for(onlyOn(broker, "rabbitmq"))(
    "a million delays are a few queues, which nobody else has to know of",
    async () => {
      const queue = await declaredQueue(gateway());
      const texts = Array.from({ length: 40 }, (_, place) => String(place));
      await queued(gateway(), queue, ...texts);
      await withSocket(gateway(), async (socket) => {
        const operation = work(socket, queue, { prefetch: 40 });
        const all = await nextDeliveries(operation, 40);
        await Promise.all(
          all.map(({ id }, place) =>
            settled(gateway(), "retry", [id], { delayMs: 251 + 6 * place }),
          ),
        );
        const again = await nextDeliveries(operation, 40);
        expect(again.map(({ message }) => message.text).toSorted()).toEqual(texts.toSorted());
      });
      const { rabbitMq } = gateway();
      const queues = await rabbitMq?.management(`/api/queues`);
      const names = (queues as { name: string }[]).map(({ name }) => name);
      expect(names.filter((name) => name.endsWith(`.${queue}`))).toEqual([
        `gql.retry.500.${queue}`,
      ]);
    },
  );

  test.for(onlyOn(broker, "rabbitmq"))(
    "a retry queue that somebody has deleted is made again",
    async () => {
      const queue = await declaredQueue(gateway());
      await queued(gateway(), queue, "1");
      await withSocket(gateway(), async (socket) => {
        const operation = work(socket, queue);
        await settled(gateway(), "retry", [(await nextDelivery(operation)).id], { delayMs: 100 });
        const again = await nextDelivery(operation);
        await overAmqp(urlOf(gateway()), (channel) =>
          channel.deleteQueue(`gql.retry.100.${queue}`),
        );
        await settled(gateway(), "retry", [again.id], { delayMs: 100 });
        expect(await nextDelivery(operation)).toMatchObject({ attempt: 3 });
      });
    },
  );

  test("clients do not write the gateway's own headers", async () => {
    for (const header of ["x-gql-attempt", "x-gql-original"]) {
      const input = { exchange: "", routingKey: "q", body: { text: "" }, headers: { [header]: 1 } };
      const query = "mutation ($input: PublishInput!) { publish(input: $input) { routed } }";
      expect(codesOf(await gateway().graphql(query, { input }))).toEqual(["BAD_USER_INPUT"]);
    }
  });
});
