import { expect, test } from "vitest";
import type { BrokerAdapter } from "../../../src/broker/adapter.ts";
import { fieldTable } from "../../../src/broker/field-table.ts";
import type { QueueConsumption, Settlement } from "../../../src/broker/queue-delivery.ts";
import type { QueueSpec } from "../../../src/broker/topology.ts";
import { eventually } from "../../harness/eventually.ts";
import { coded } from "./coded.ts";
import { ConsumerRecorder } from "./consumer-recorder.ts";
import { declaredQueue, message, queueSpec, readyIn, unique } from "./fixtures.ts";
import type { BrokerHarness } from "./harness.ts";
import { sharedAdapter } from "./shared-adapter.ts";

const ANYHOW = { ifUnused: false, ifEmpty: false };

interface Consumer {
  readonly consumption: QueueConsumption;
  readonly recorder: ConsumerRecorder;
}

async function consumed(
  adapter: BrokerAdapter,
  queue: string,
  { prefetch = 10, settlement }: { prefetch?: number; settlement?: Settlement } = {},
): Promise<Consumer> {
  const recorder = new ConsumerRecorder(settlement);
  const consumption = await adapter.consume(queue, { prefetch }, recorder);
  return { consumption, recorder };
}

async function filled(adapter: BrokerAdapter, queue: string, ...bodies: string[]): Promise<void> {
  for (const body of bodies) await adapter.publish(message("", queue, { body: Buffer.from(body) }));
}

/** What else there is to be counted is counted by then: nothing came that should not have. */
async function expectReady(
  adapter: BrokerAdapter,
  queue: string,
  count: number,
  more: Partial<QueueSpec> = {},
): Promise<void> {
  await eventually(async () => expect(await readyIn(adapter, queue, more)).toBe(count));
}

export function consuming(harness: BrokerHarness): void {
  const adapter = sharedAdapter(harness);

  test("hands out what is there and what comes, in order, once", async () => {
    const queue = await declaredQueue(adapter());
    await filled(adapter(), queue, "1", "2");
    const { consumption, recorder } = await consumed(adapter(), queue, { settlement: "ack" });
    await filled(adapter(), queue, "3");
    await recorder.received(3);
    expect(recorder.bodies).toEqual(["1", "2", "3"]);
    expect(recorder.redelivered).toEqual([false, false, false]);
    await consumption.close();
    await expectReady(adapter(), queue, 0);
    expect(recorder.calls).toEqual(["delivery", "delivery", "delivery"]);
    await adapter().deleteQueue(queue, ANYHOW);
  });

  test("hands out no more than the prefetch, and the next for each that is settled", async () => {
    const queue = await declaredQueue(adapter());
    await filled(adapter(), queue, "1", "2", "3", "4");
    const { consumption, recorder } = await consumed(adapter(), queue, { prefetch: 2 });
    await recorder.received(2);
    await expectReady(adapter(), queue, 2);
    expect(recorder.deliveries[0]?.settle("ack")).toBe(true);
    await recorder.received(3);
    await expectReady(adapter(), queue, 1);
    expect(recorder.bodies).toEqual(["1", "2", "3"]);
    await consumption.close();
    await adapter().deleteQueue(queue, ANYHOW);
  });

  test("gives back what is not settled when it is closed, in its place and redelivered", async () => {
    const queue = await declaredQueue(adapter());
    await filled(adapter(), queue, "1", "2", "3");
    const first = await consumed(adapter(), queue, { prefetch: 2 });
    await first.recorder.received(2);
    await first.consumption.close();
    await first.consumption.close();
    await expectReady(adapter(), queue, 3);
    expect(first.recorder.deliveries[0]?.settle("ack")).toBe(false);
    const second = await consumed(adapter(), queue, { settlement: "ack" });
    await second.recorder.received(3);
    expect(second.recorder.bodies).toEqual(["1", "2", "3"]);
    expect(second.recorder.redelivered).toEqual([true, true, false]);
    await second.consumption.close();
    await adapter().deleteQueue(queue, ANYHOW);
  });

  test("requeue puts a message back in its place, redelivered", async () => {
    const queue = await declaredQueue(adapter());
    await filled(adapter(), queue, "1", "2", "3");
    const { consumption, recorder } = await consumed(adapter(), queue, { prefetch: 2 });
    await recorder.received(2);
    expect(recorder.deliveries[0]?.settle("requeue")).toBe(true);
    await recorder.received(3);
    expect(recorder.bodies).toEqual(["1", "2", "1"]);
    expect(recorder.redelivered).toEqual([false, false, true]);
    await consumption.close();
    await adapter().deleteQueue(queue, ANYHOW);
  });

  test("reject sends a message to the dead-letter exchange, with the reason, or away", async () => {
    const dead = await declaredQueue(adapter());
    const deadLetters = fieldTable({
      "x-dead-letter-exchange": "",
      "x-dead-letter-routing-key": dead,
    });
    const queue = await declaredQueue(adapter(), { arguments: deadLetters });
    await filled(adapter(), queue, "1");
    const { consumption } = await consumed(adapter(), queue, { settlement: "reject" });
    const buried = await consumed(adapter(), dead, { settlement: "reject" });
    await buried.recorder.received(1);
    expect(buried.recorder.bodies).toEqual(["1"]);
    expect(buried.recorder.deliveries[0]?.message.headers["x-death"]).toMatchObject([
      { queue, reason: "rejected", exchange: "", "routing-keys": [queue], count: 1 },
    ]);
    await Promise.all([consumption.close(), buried.consumption.close()]);
    await expectReady(adapter(), queue, 0, { arguments: deadLetters });
    await expectReady(adapter(), dead, 0);
    for (const name of [queue, dead]) await adapter().deleteQueue(name, ANYHOW);
  });

  test("settles a delivery once, and what comes after harms nobody", async () => {
    const queue = await declaredQueue(adapter());
    await filled(adapter(), queue, "1", "2");
    const { consumption, recorder } = await consumed(adapter(), queue, { prefetch: 1 });
    const [first] = await recorder.received(1);
    expect(first?.settle("ack")).toBe(true);
    for (const how of ["ack", "requeue", "reject"] as const) expect(first?.settle(how)).toBe(false);
    await recorder.received(2);
    expect(recorder.calls).toEqual(["delivery", "delivery"]);
    await consumption.close();
    await expectReady(adapter(), queue, 1);
    await adapter().deleteQueue(queue, ANYHOW);
  });

  test("competing consumers share a queue", async () => {
    const queue = await declaredQueue(adapter());
    const both = [await consumed(adapter(), queue), await consumed(adapter(), queue)];
    await filled(adapter(), queue, "1", "2", "3", "4");
    for (const { recorder } of both) await recorder.received(2);
    expect(both.flatMap(({ recorder }) => recorder.bodies).toSorted()).toEqual([
      "1",
      "2",
      "3",
      "4",
    ]);
    for (const { consumption } of both) await consumption.close();
    await adapter().deleteQueue(queue, ANYHOW);
  });

  test("of consumers of a queue for one at a time, the next takes over in order", async () => {
    const single = { arguments: fieldTable({ "x-single-active-consumer": true }) };
    const queue = await declaredQueue(adapter(), single);
    const active = await consumed(adapter(), queue, { prefetch: 1 });
    const waiting = await consumed(adapter(), queue);
    await filled(adapter(), queue, "1", "2");
    await active.recorder.received(1);
    await expectReady(adapter(), queue, 1, single);
    expect(waiting.recorder.calls).toEqual([]);
    await active.consumption.close();
    await waiting.recorder.received(2);
    expect(waiting.recorder.bodies).toEqual(["1", "2"]);
    await waiting.consumption.close();
    await adapter().deleteQueue(queue, ANYHOW);
  });

  test("a queue with priorities hands out the most urgent first", async () => {
    const priorities = { arguments: fieldTable({ "x-max-priority": 5 }) };
    const queue = await declaredQueue(adapter(), priorities);
    for (const priority of [1, 5, 3])
      await adapter().publish({
        ...message("", queue, { body: Buffer.from(String(priority)) }),
        properties: { messageId: unique("message"), persistent: false, priority },
      });
    const { consumption, recorder } = await consumed(adapter(), queue, {
      prefetch: 1,
      settlement: "ack",
    });
    await recorder.received(3);
    expect(recorder.bodies).toEqual(["5", "3", "1"]);
    await consumption.close();
    await adapter().deleteQueue(queue, ANYHOW);
  });

  test("ends with NOT_FOUND when the queue is deleted", async () => {
    const queue = await declaredQueue(adapter());
    await filled(adapter(), queue, "1");
    const { consumption, recorder } = await consumed(adapter(), queue);
    const [delivery] = await recorder.received(1);
    await adapter().deleteQueue(queue, ANYHOW);
    await recorder.until(() => recorder.endedWith !== undefined);
    expect(recorder.endedWith).toEqual(coded("NOT_FOUND", queue));
    expect(recorder.calls.at(-1)).toBe("ended");
    expect(delivery?.settle("ack")).toBe(false);
    await consumption.close();
  });

  test("of a queue that is not there is NOT_FOUND, and leaves other consumers alone", async () => {
    const queue = await declaredQueue(adapter());
    const { consumption, recorder } = await consumed(adapter(), queue);
    const missing = unique("missing");
    await expect(
      adapter().consume(missing, { prefetch: 1 }, new ConsumerRecorder()),
    ).rejects.toEqual(coded("NOT_FOUND", missing));
    await filled(adapter(), queue, "1");
    await recorder.received(1);
    expect(recorder.calls).toEqual(["delivery"]);
    await consumption.close();
    await adapter().deleteQueue(queue, ANYHOW);
  });

  test("an auto-delete queue goes with its last consumer", async () => {
    const queue = await declaredQueue(adapter(), { autoDelete: true });
    const both = [await consumed(adapter(), queue), await consumed(adapter(), queue)];
    await both[0]?.consumption.close();
    expect(await adapter().publish(message("", queue))).toEqual({ routed: true });
    await both[1]?.consumption.close();
    await eventually(async () =>
      expect(await adapter().publish(message("", queue))).toEqual({ routed: false }),
    );
  });

  test("ends with the adapter, and gives everything back", async () => {
    const queue = await declaredQueue(adapter());
    await filled(adapter(), queue, "1", "2");
    const other = await harness.openAdapter();
    const { recorder } = await consumed(other.adapter, queue);
    await recorder.received(2);
    await other.close();
    expect(recorder.endedCode).toBe("BROKER_UNAVAILABLE");
    expect(recorder.calls).toEqual(["delivery", "delivery", "ended"]);
    await expectReady(adapter(), queue, 2);
    await adapter().deleteQueue(queue, ANYHOW);
  });

  test("of a stream is PRECONDITION_FAILED, where there are streams", async () => {
    if (!adapter().capabilities.queueTypes.includes("stream")) return;
    const stream = queueSpec(unique("stream"), { type: "stream" });
    await adapter().declareQueue(stream);
    await expect(
      adapter().consume(stream.name, { prefetch: 1 }, new ConsumerRecorder()),
    ).rejects.toEqual(coded("PRECONDITION_FAILED", stream.name, "replay"));
    await adapter().deleteQueue(stream.name, ANYHOW);
  });

  test("a quorum queue counts deliveries, where there are quorum queues", async () => {
    if (!adapter().capabilities.queueTypes.includes("quorum")) return;
    const quorum = queueSpec(unique("quorum"), { type: "quorum" });
    await adapter().declareQueue(quorum);
    await filled(adapter(), quorum.name, "1");
    const { consumption, recorder } = await consumed(adapter(), quorum.name);
    const [first] = await recorder.received(1);
    first?.settle("requeue");
    const [, second] = await recorder.received(2);
    expect(second?.message.redelivered).toBe(true);
    expect(second?.settle("ack")).toBe(true);
    await consumption.close();
    await adapter().deleteQueue(quorum.name, ANYHOW);
  });
}
