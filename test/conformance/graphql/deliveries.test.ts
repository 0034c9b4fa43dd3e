import { createClient } from "graphql-ws";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { eventually } from "../../harness/eventually.ts";
import { BROKERS, type TestGateway } from "../../harness/gateway.ts";
import { metricOf } from "../../harness/metric.ts";
import { onlyOn } from "./support/only-on.ts";
import { DELETE_QUEUE } from "./support/documents.ts";
import { expectNothingInternal } from "./support/nothing-internal.ts";
import { ProtocolSocket } from "./support/protocol-socket.ts";
import { sharedGateway, withSocket } from "./support/shared-gateway.ts";
import { openSse } from "./support/sse-stream.ts";
import { codesOf, dataOf } from "./support/user.ts";
import {
  declaredQueue,
  DELIVERIES,
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

describe.each(BROKERS)("deliveries over %s", (broker) => {
  const gateway = sharedGateway({ broker, maxPrefetch: 50 });

  test("a queue's messages are handed out in order, each with an id of its own", async () => {
    const queue = await declaredQueue(gateway());
    await queued(gateway(), queue, "1", "2");
    await withSocket(gateway(), async (socket) => {
      const operation = work(socket, queue);
      const both = await nextDeliveries(operation, 2);
      expect(both).toMatchObject([
        {
          queue,
          attempt: 1,
          message: { text: "1", exchange: "", routingKey: queue, redelivered: false },
        },
        { queue, attempt: 1, message: { text: "2" } },
      ]);
      for (const { id } of both) expect(id).toMatch(/^[\w-]{22}$/);
      expect(both[0]?.id).not.toBe(both[1]?.id);
      await settled(
        gateway(),
        "ack",
        both.map(({ id }) => id),
      );
      operation.complete();
      await eventually(async () => expect(await consumersOf(queue)).toBe(0));
      expect(await readyIn(gateway(), queue)).toBe(0);
    });
  });

  test("no more than the prefetch is handed out, and the next for each that is settled", async () => {
    const queue = await declaredQueue(gateway());
    await queued(gateway(), queue, "1", "2", "3");
    await withSocket(gateway(), async (socket) => {
      const operation = work(socket, queue, { prefetch: 1 });
      const first = await nextDelivery(operation);
      await eventually(async () => expect(await readyIn(gateway(), queue)).toBe(2));
      // From the same socket, and before anything else has come.
      const ack = "mutation ($ids: [ID!]!) { ack(deliveryIds: $ids) }";
      expect(dataOf(await socket.execute(ack, { ids: [first.id] }))).toEqual({ ack: [first.id] });
      const second = await nextDelivery(operation);
      expect([first.message.text, second.message.text]).toEqual(["1", "2"]);
      expect(operation.results.size).toBe(0);
    });
  });

  test("each id is settled by itself: one that is unknown is null, with an error at its path", async () => {
    const queue = await declaredQueue(gateway());
    await queued(gateway(), queue, "1", "2");
    await withSocket(gateway(), async (socket) => {
      const [first, second] = await nextDeliveries(work(socket, queue), 2);
      const ids = [first?.id ?? "", "unheard-of", first?.id ?? "", second?.id ?? ""];
      for (const how of ["ack", "nack", "requeue"] as const) {
        const result = await settle(gateway(), how, ids);
        const isFirst = how === "ack";
        expect(Object.values(result.data ?? {})).toEqual([
          isFirst ? [ids[0], null, null, ids[3]] : [null, null, null, null],
        ]);
        expect(result.errors?.map(({ path }) => path?.[1])).toEqual(
          isFirst ? [1, 2] : [0, 1, 2, 3],
        );
        expect(new Set(codesOf(result))).toEqual(new Set(["DELIVERY_UNKNOWN"]));
        expectNothingInternal([JSON.stringify(result)]);
      }
      const retried = await settle(gateway(), "retry", ids, { delayMs: 0 });
      expect(codesOf(retried)).toEqual(Array.from({ length: 4 }, () => "DELIVERY_UNKNOWN"));
      // The consumer goes on as if nothing had been.
      await queued(gateway(), queue, "3");
      expect(socket.isOpen).toBe(true);
    });
  });

  test("nack gives up a message, or with requeue puts it back in its place: another attempt", async () => {
    const dead = await declaredQueue(gateway());
    const queue = await declaredQueue(gateway(), {
      "x-dead-letter-exchange": "",
      "x-dead-letter-routing-key": dead,
    });
    await queued(gateway(), queue, "1", "2");
    await withSocket(gateway(), async (socket) => {
      const operation = work(socket, queue, { prefetch: 1 });
      for (const attempt of [1, 2, 3]) {
        const delivery = await nextDelivery(operation);
        expect(delivery).toMatchObject({
          attempt,
          message: { text: "1", redelivered: attempt > 1 },
        });
        await settled(gateway(), attempt < 3 ? "requeue" : "nack", [delivery.id]);
      }
      expect(await nextDelivery(operation)).toMatchObject({ attempt: 1, message: { text: "2" } });
      const buried = await nextDelivery(work(socket, dead));
      expect(buried).toMatchObject({ attempt: 1, message: { text: "1" } });
      expect(buried.message.headers["x-death"]).toMatchObject([{ queue, reason: "rejected" }]);
    });
  });

  test("what is not settled goes back when the subscription, or its socket, ends", async () => {
    const queue = await declaredQueue(gateway());
    await queued(gateway(), queue, "1", "2");
    const socket = await ProtocolSocket.open(gateway().wsUrl);
    const first = work(socket, queue);
    const [delivery] = await nextDeliveries(first, 2);
    first.complete();
    await eventually(async () => expect(await readyIn(gateway(), queue)).toBe(2));
    expect(codesOf(await settle(gateway(), "ack", [delivery?.id ?? ""]))).toEqual([
      "DELIVERY_UNKNOWN",
    ]);
    const second = work(socket, queue);
    expect(await nextDeliveries(second, 2)).toMatchObject([
      { attempt: 2, message: { text: "1", redelivered: true } },
      { attempt: 2, message: { text: "2", redelivered: true } },
    ]);
    socket.socket.terminate();
    await eventually(async () => expect(await readyIn(gateway(), queue)).toBe(2));
    await withSocket(gateway(), async (other) => {
      expect(await nextDelivery(work(other, queue))).toMatchObject({ attempt: 3 });
    });
  });

  test("a queue that is deleted ends the subscription with NOT_FOUND", async () => {
    const queue = await declaredQueue(gateway());
    await queued(gateway(), queue, "1");
    await withSocket(gateway(), async (socket) => {
      const operation = work(socket, queue);
      await nextDelivery(operation);
      dataOf(await gateway().graphql(DELETE_QUEUE, { name: queue }));
      expect(codesOf(await operation.next())).toEqual(["NOT_FOUND"]);
      expect(await operation.ended).toBe("error");
      expect(socket.isOpen).toBe(true);
    });
  });

  test.for([
    [{ queue: "missing" }, "NOT_FOUND", /"missing"/],
    [{ queue: "" }, "BAD_USER_INPUT", /queue/],
    [{ prefetch: 0 }, "BAD_USER_INPUT", /prefetch is 0; it must be at least 1/],
    [{ prefetch: 51 }, "LIMIT_EXCEEDED", /prefetch is 51; at most 50/],
    [{ maxAttempts: 0 }, "BAD_USER_INPUT", /maxAttempts is 0/],
  ] as const)("%j is %s", async ([given, code, message]) => {
    const queue = await declaredQueue(gateway());
    await withSocket(gateway(), async (socket) => {
      const result = await work(socket, queue, { ...given }).next();
      expect(codesOf(result)).toEqual([code]);
      expect(result.errors?.[0]?.message).toMatch(message);
      expect(socket.isOpen).toBe(true);
    });
  });

  test("a list of ids has a bound, and delays have", async () => {
    const many = Array.from({ length: 51 }, (_, place) => String(place));
    for (const how of ["ack", "nack", "requeue"] as const)
      expect(codesOf(await settle(gateway(), how, many))).toEqual(["LIMIT_EXCEEDED"]);
    expect(codesOf(await settle(gateway(), "retry", many, { delayMs: 1 }))).toEqual([
      "LIMIT_EXCEEDED",
    ]);
    for (const delayMs of [-1, 86_400_001])
      expect(codesOf(await settle(gateway(), "retry", [], { delayMs }))).toEqual([
        "BAD_USER_INPUT",
      ]);
  });

  test.for(onlyOn(broker, "rabbitmq"))(
    "a stream, and a queue that is another connection's, are refused",
    async () => {
      const stream = await declaredQueue(gateway(), { "x-queue-type": "stream" });
      await withSocket(gateway(), async (socket) => {
        const refused = await work(socket, stream).next();
        expect(codesOf(refused)).toEqual(["PRECONDITION_FAILED"]);
        expect(refused.errors?.[0]?.message).toMatch(/stream.*replay/);
        await overAmqp(urlOf(gateway()), async (channel) => {
          await channel.assertQueue("mine", { exclusive: true });
          expect(codesOf(await work(socket, "mine").next())).toEqual(["RESOURCE_LOCKED"]);
          const queue = await declaredQueue(gateway());
          await channel.consume(queue, () => {}, { exclusive: true });
          expect(codesOf(await work(socket, queue).next())).toEqual(["RESOURCE_LOCKED"]);
        });
      });
    },
  );

  describe("ack: AUTO", () => {
    test("a client of graphql-ws has its deliveries acknowledged once it has them", async () => {
      const queue = await declaredQueue(gateway());
      const texts = Array.from({ length: 30 }, (_, place) => String(place));
      await queued(gateway(), queue, ...texts);
      const client = createClient({ url: gateway().wsUrl, webSocketImpl: WebSocket });
      const events = client.iterate<{ deliveries: { message: { text: string } } }>({
        query: DELIVERIES,
        variables: { queue, ack: "AUTO", prefetch: 5 },
      });
      const received: string[] = [];
      for await (const { data } of events) {
        received.push(data?.deliveries.message.text ?? "");
        if (received.length < texts.length) continue;
        // Whoever leaves before has the last of them go back.
        await eventually(async () => expect(await unsettled()).toBe(0));
        break;
      }
      expect(received).toEqual(texts);
      await client.dispose();
      await eventually(async () => expect(await consumersOf(queue)).toBe(0));
      expect(await readyIn(gateway(), queue)).toBe(0);
    });

    test("what was sent and not shown to be received goes back", async () => {
      const queue = await declaredQueue(gateway());
      await queued(gateway(), queue, "1", "2", "3");
      const socket = await ProtocolSocket.open(gateway().wsUrl);
      const operation = work(socket, queue, { ack: "AUTO", prefetch: 2 });
      expect(await nextDeliveries(operation, 2)).toHaveLength(2);
      const ping = await socket.control.take();
      expect(ping.type).toBe("ping");
      // Another one's pong says nothing of ours.
      socket.send({ type: "pong", payload: { receipt: 1_000 } });
      socket.socket.terminate();
      await eventually(async () => expect(await readyIn(gateway(), queue)).toBe(3));
    });

    test("a pong without a payload counts where the client sends none unasked", async () => {
      const queue = await declaredQueue(gateway());
      await queued(gateway(), queue, "1", "2");
      await withSocket(gateway(), async (socket) => {
        const operation = work(socket, queue, { ack: "AUTO", prefetch: 1 });
        await nextDelivery(operation);
        await socket.control.take();
        socket.send({ type: "pong" });
        expect(await nextDelivery(operation)).toMatchObject({ message: { text: "2" } });
      });
      await queued(gateway(), queue, "3");
      await withSocket(gateway(), async (socket) => {
        socket.send({ type: "pong" });
        const operation = work(socket, queue, { ack: "AUTO", prefetch: 1 });
        await nextDelivery(operation);
        const { payload } = await socket.control.take();
        socket.send({ type: "pong" });
        // What came before this has been read by then.
        await socket.execute("{ broker { kind } }");
        expect(await unsettled()).toBe(1);
        socket.send({ type: "pong", payload });
        expect(await nextDelivery(operation)).toMatchObject({ message: { text: "3" } });
      });
    });

    test("over SSE what has left is acknowledged", async () => {
      const queue = await declaredQueue(gateway());
      await queued(gateway(), queue, "1", "2", "3");
      const stream = await openSse(gateway(), DELIVERIES, { queue, ack: "AUTO", prefetch: 1 });
      const texts: unknown[] = [];
      for (let count = 0; count < 3; count++) texts.push(dataOf(await stream.next())["deliveries"]);
      expect(texts).toMatchObject([1, 2, 3].map((text) => ({ message: { text: String(text) } })));
      await eventually(async () => expect(await unsettled()).toBe(0));
      stream.abort();
      await eventually(async () => expect(await consumersOf(queue)).toBe(0));
      expect(await readyIn(gateway(), queue)).toBe(0);
    });

    test("over what cannot show it, it is NOT_SUPPORTED", async () => {
      const queue = await declaredQueue(gateway());
      const query = `subscription { deliveries(queue: "${queue}", ack: AUTO) { id } }`;
      const response = await fetch(`${gateway().graphqlUrl}?query=${encodeURIComponent(query)}`, {
        headers: { accept: "text/event-stream" },
      });
      expect(await response.text()).toMatch(/NOT_SUPPORTED/);
    });
  });

  test("over SSE deliveries are settled by mutations, and refusals are told", async () => {
    const queue = await declaredQueue(gateway());
    await queued(gateway(), queue, "1");
    const stream = await openSse(gateway(), DELIVERIES, { queue });
    const { id } = dataOf(await stream.next())["deliveries"] as { id: string };
    await settled(gateway(), "ack", [id]);
    stream.abort();
    const refused = await openSse(gateway(), DELIVERIES, { queue: "missing" });
    expect(codesOf(await refused.next())).toEqual(["NOT_FOUND"]);
    await refused.ended;
  });

  test("metrics count deliveries, and how they end", async () => {
    const queue = await declaredQueue(gateway());
    await queued(gateway(), queue, "1", "2", "3");
    const series = [
      'rabbitql_deliveries_total{again="false"}',
      ...["acked", "rejected", "returned"].map(
        (how) => `rabbitql_deliveries_ended_total{how="${how}"}`,
      ),
    ];
    const counts = () => Promise.all(series.map((name) => metricOf(gateway(), name)));
    const before = await counts();
    await withSocket(gateway(), async (socket) => {
      const three = await nextDeliveries(work(socket, queue), 3);
      expect(await unsettled()).toBe(3);
      expect(await metricOf(gateway(), "rabbitql_work_subscriptions")).toBe(1);
      await settled(gateway(), "ack", [three[0]?.id ?? ""]);
      await settled(gateway(), "nack", [three[1]?.id ?? ""]);
    });
    await eventually(async () => {
      const after = await counts();
      expect(after.map((count, place) => count - (before[place] ?? 0))).toEqual([3, 1, 1, 1]);
      expect(await unsettled()).toBe(0);
      expect(await metricOf(gateway(), "rabbitql_work_subscriptions")).toBe(0);
    });
  });

  async function consumersOf(queue: string): Promise<number> {
    const query = "query ($name: String!) { queue(name: $name) { consumers } }";
    const found = dataOf(await gateway().graphql(query, { name: queue }))["queue"];
    return (found as { consumers: number }).consumers;
  }

  async function unsettled(): Promise<number> {
    return await metricOf(gateway(), "rabbitql_deliveries_unsettled");
  }
});
