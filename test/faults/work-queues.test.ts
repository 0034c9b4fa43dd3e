import { randomUUID } from "node:crypto";
import { describe, expect, onTestFinished, test } from "vitest";
import { ProtocolSocket } from "../conformance/graphql/support/protocol-socket.ts";
import { codesOf } from "../conformance/graphql/support/user.ts";
import {
  declaredQueue,
  nextDeliveries,
  nextDelivery,
  overAmqp,
  queued,
  settle,
  settled,
  work,
} from "../conformance/graphql/support/work.ts";
import { drainQueue } from "../harness/drain-queue.ts";
import { eventually } from "../harness/eventually.ts";
import { ready, startGateway, type TestGateway } from "../harness/gateway.ts";
import { startGatewayProcess } from "../harness/gateway-process.ts";
import { metricOf } from "../harness/metric.ts";
import { forceClose } from "../harness/rabbitmq/broker-user.ts";
import { startPrivateRabbitMq } from "../harness/rabbitmq/private.ts";
import { sharedRabbitMq } from "../harness/rabbitmq/shared.ts";
import { createVirtualHost } from "../harness/rabbitmq/virtual-host.ts";
import { WorkBooks } from "../harness/work-books.ts";
import { measured } from "./support/measured.ts";
import { Worker } from "./support/worker.ts";

async function gatewayWith(more: Partial<Parameters<typeof startGateway>[0]> = {}) {
  const gateway = await startGateway({ broker: "rabbitmq", ...more });
  onTestFinished(() => gateway.close());
  return gateway;
}

async function socketOf({ wsUrl }: TestGateway): Promise<ProtocolSocket> {
  const socket = await ProtocolSocket.open(wsUrl);
  onTestFinished(() => socket.socket.terminate());
  return socket;
}

test("fault 34: a poison message is handed out maxAttempts times, then is a dead letter; others flow", async () => {
  const gateway = await gatewayWith();
  const dead = await declaredQueue(gateway);
  const queue = await declaredQueue(gateway, {
    "x-dead-letter-exchange": "",
    "x-dead-letter-routing-key": dead,
  });
  const socket = await socketOf(gateway);
  const operation = work(socket, queue, { maxAttempts: 5, prefetch: 1 });
  await queued(gateway, queue, "poison", ...Array.from({ length: 20 }, (_, place) => `${place}`));
  const attempts: number[] = [];
  let others = 0;
  while (attempts.length < 5 || others < 20) {
    const { id, attempt, message } = await nextDelivery(operation);
    if (message.text !== "poison") {
      others++;
      await settled(gateway, "ack", [id]);
      continue;
    }
    attempts.push(attempt);
    // A handler that fails, and one that fails and would wait.
    if (attempt % 2) await settled(gateway, "requeue", [id]);
    else await settled(gateway, "retry", [id], { delayMs: 100 });
  }
  const buried = await nextDelivery(work(socket, dead));
  expect(attempts).toEqual([1, 2, 3, 4, 5]);
  expect(buried.message.headers["x-death"]).toMatchObject([{ queue, reason: "rejected" }]);
  expect(operation.results.size).toBe(0);
});

test("fault 35: a worker dies with 50 deliveries: all come again, and a late ack harms nothing", async () => {
  const gateway = await gatewayWith();
  const queue = await declaredQueue(gateway);
  const texts = Array.from({ length: 50 }, (_, place) => String(place));
  await queued(gateway, queue, ...texts);
  const first = await socketOf(gateway);
  const held = await nextDeliveries(work(first, queue, { prefetch: 50 }), 50);
  const second = await socketOf(gateway);
  const operation = work(second, queue, { prefetch: 50 });
  const diedAt = performance.now();
  first.socket.terminate();
  const again = await nextDeliveries(operation, 50);
  measured("35", `50 of 50 redelivered after ${Math.round(performance.now() - diedAt)} ms`);
  expect(again.map(({ message }) => message.text)).toEqual(texts);
  for (const { attempt, message } of again)
    expect({ attempt, redelivered: message.redelivered }).toEqual({
      attempt: 2,
      redelivered: true,
    });
  const late = await settle(
    gateway,
    "ack",
    held.map(({ id }) => id),
  );
  expect(codesOf(late)).toEqual(held.map(() => "DELIVERY_UNKNOWN"));
  expect(second.isOpen).toBe(true);
  await settled(
    gateway,
    "ack",
    again.map(({ id }) => id),
  );
});

test("fault 36: what is held for longer than the lease goes back, and the consumer lives on", async () => {
  const gateway = await gatewayWith({ deliveryLeaseMs: 400 });
  const queue = await declaredQueue(gateway);
  await queued(gateway, queue, "1");
  const operation = work(await socketOf(gateway), queue);
  const first = await nextDelivery(operation);
  const cameAt = performance.now();
  const second = await nextDelivery(operation);
  const after = performance.now() - cameAt;
  measured("36", `a lease of 400 ms: back after ${Math.round(after)} ms`);
  expect(after).toBeGreaterThan(350);
  expect(second).toMatchObject({ attempt: 2, message: { text: "1", redelivered: true } });
  expect(codesOf(await settle(gateway, "ack", [first.id]))).toEqual(["DELIVERY_UNKNOWN"]);
  await settled(gateway, "ack", [second.id]);
  await queued(gateway, queue, "2");
  expect(await nextDelivery(operation)).toMatchObject({ attempt: 1, message: { text: "2" } });
});

test("a connection that an operator closes: the subscription goes on, and old ids settle nothing", async () => {
  const gateway = await gatewayWith({ instance: "work-lost", reconnectMinMs: 50 });
  const { rabbitMq } = gateway;
  if (!rabbitMq) throw new Error("The gateway has no RabbitMQ");
  const queue = await declaredQueue(gateway);
  await queued(gateway, queue, "1");
  const operation = work(await socketOf(gateway), queue);
  const first = await nextDelivery(operation);
  expect(await forceClose(rabbitMq, /^rabbitql work-lost working$/)).toBe(1);
  const second = await nextDelivery(operation);
  expect(second).toMatchObject({ attempt: 2, message: { text: "1", redelivered: true } });
  expect(codesOf(await settle(gateway, "ack", [first.id]))).toEqual(["DELIVERY_UNKNOWN"]);
  await settled(gateway, "ack", [second.id]);
});

describe("the books of a work queue balance", () => {
  const MESSAGES = 300;

  /** A durable queue full of work, a dead-letter queue for it, and what is decided of each message. */
  async function fullQueue(amqpUrl: string) {
    const queue = `work-${randomUUID()}`;
    const dead = `${queue}.dead`;
    const books = new WorkBooks();
    await overAmqp(amqpUrl, async (channel) => {
      await channel.assertQueue(dead);
      await channel.assertQueue(queue, { deadLetterExchange: "", deadLetterRoutingKey: dead });
      for (let place = 0; place < MESSAGES; place++) {
        const messageId = `m-${place}`;
        books.published(messageId, place % 10 === 0 ? "dead" : "done");
        channel.sendToQueue(queue, Buffer.from("work"), { messageId, persistent: true });
      }
      // Not confirmed, a message is not on the disk of a broker that is killed.
      await channel.waitForConfirms();
    });
    return { queue, dead, books };
  }

  type Full = Awaited<ReturnType<typeof fullQueue>>;

  async function faultsIn(amqpUrl: string, { queue, dead, books }: Full, what: string) {
    const left = await drainQueue(amqpUrl, queue);
    const buried = await drainQueue(amqpUrl, dead);
    measured("work", `${what}: ${MESSAGES} messages, ${books.again} handed out more than once`);
    return books.faults({ left, dead: buried });
  }

  function workers(
    { queue, books }: Full,
    wsUrl: () => string,
    times: { maxAttempts: number; retryDelayMs: number },
  ): Worker[] {
    const setup = { queue, books, wsUrl, ...times };
    const all = Array.from({ length: 3 }, () => new Worker(setup));
    onTestFinished(async () => {
      await Promise.all(all.map((worker) => worker.stop()));
    });
    return all;
  }

  /** Nothing is undone, and nothing waits, is ready, or is in anybody's hands. */
  async function finished(
    amqpUrl: string,
    { queue, dead, books }: Full,
    gateway: { url: string },
    retryDelayMs: number,
  ): Promise<void> {
    await eventually(
      async () => {
        expect(books.undone).toEqual([]);
        await overAmqp(amqpUrl, async (channel) => {
          for (const name of [`gql.retry.${retryDelayMs}.${queue}`, queue])
            expect((await channel.checkQueue(name)).messageCount).toBe(0);
          expect(await metricOf(gateway, "rabbitql_deliveries_unsettled")).toBe(0);
          const { messageCount } = await channel.checkQueue(dead);
          expect(messageCount).toBeGreaterThanOrEqual(MESSAGES / 10);
        });
      },
      { timeoutMs: 60_000, intervalMs: 100 },
    );
  }

  const half = (books: WorkBooks) =>
    eventually(() => expect(books.undone.length).toBeLessThan(MESSAGES / 2), {
      timeoutMs: 30_000,
      intervalMs: 5,
    });

  test("when workers are killed again and again", async () => {
    const gateway = await gatewayWith();
    const amqpUrl = gateway.rabbitMq?.amqpUrl ?? "";
    const full = await fullQueue(amqpUrl);
    const all = workers(full, () => gateway.wsUrl, { maxAttempts: 12, retryDelayMs: 100 });
    for (let left = MESSAGES - 40; left > 40; left -= 40) {
      await eventually(() => expect(full.books.undone.length).toBeLessThan(left), {
        timeoutMs: 30_000,
        intervalMs: 5,
      });
      all[(left / 20) % all.length]?.kill();
    }
    await finished(amqpUrl, full, gateway, 100);
    await Promise.all(all.map((worker) => worker.stop()));
    await gateway.gateway.close();
    expect(await faultsIn(amqpUrl, full, "workers killed")).toEqual([]);
  }, 120_000);

  test("when the gateway is killed, and another takes over", async () => {
    const rabbitMq = await createVirtualHost(sharedRabbitMq());
    onTestFinished(() => rabbitMq.dispose());
    const { amqpUrl } = rabbitMq;
    const started = async () => {
      const gateway = await startGatewayProcess({ "amqp-url": amqpUrl });
      onTestFinished(() => gateway.close());
      return gateway;
    };
    let gateway = await started();
    const full = await fullQueue(amqpUrl);
    const all = workers(full, () => gateway.wsUrl, { maxAttempts: 12, retryDelayMs: 100 });
    await half(full.books);
    gateway.signal("SIGKILL");
    await gateway.ended;
    gateway = await started();
    await finished(amqpUrl, full, gateway, 100);
    await Promise.all(all.map((worker) => worker.stop()));
    gateway.signal("SIGTERM");
    await gateway.ended;
    expect(await faultsIn(amqpUrl, full, "gateway killed")).toEqual([]);
  }, 120_000);

  test("when the broker is killed while retries wait on it", async () => {
    const rabbitMq = await startPrivateRabbitMq();
    onTestFinished(() => rabbitMq.dispose());
    const { amqpUrl } = rabbitMq;
    const gateway = await gatewayWith({ amqpUrl, reconnectMinMs: 50, reconnectMaxMs: 500 });
    const full = await fullQueue(amqpUrl);
    // Longer than it takes to get to the kill: dead-lettering itself is not safe from it.
    const all = workers(full, () => gateway.wsUrl, { maxAttempts: 3, retryDelayMs: 10_000 });
    await half(full.books);
    await rabbitMq.node.kill();
    await rabbitMq.node.start();
    await ready(gateway);
    await finished(amqpUrl, full, gateway, 10_000);
    await Promise.all(all.map((worker) => worker.stop()));
    await gateway.gateway.close();
    expect(await faultsIn(amqpUrl, full, "broker killed")).toEqual([]);
  }, 120_000);
});
