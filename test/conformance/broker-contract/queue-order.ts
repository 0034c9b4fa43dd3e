import { expect, test } from "vitest";
import type { BrokerAdapter } from "../../../src/broker/adapter.ts";
import type { QueueConsumption } from "../../../src/broker/queue-delivery.ts";
import { eventually } from "../../harness/eventually.ts";
import { ConsumerRecorder } from "./consumer-recorder.ts";
import type { BrokerHarness } from "./harness.ts";
import { allIn, deleted, queueWith, sent, taken } from "./queue-contents.ts";
import { sharedAdapter } from "./shared-adapter.ts";

interface Worker {
  readonly recorder: ConsumerRecorder;
  readonly consumption: QueueConsumption;
}

async function worker(adapter: BrokerAdapter, queue: string, prefetch: number): Promise<Worker> {
  const recorder = new ConsumerRecorder();
  return { recorder, consumption: await adapter.consume(queue, { prefetch }, recorder) };
}

export function queueOrder(harness: BrokerHarness): void {
  const adapter = sharedAdapter(harness);

  test("the most urgent first, without a priority the least, past the highest as the highest", async () => {
    const queue = await queueWith(adapter(), [], { "x-max-priority": 5 });
    const priorities = [0, undefined, 3, 9, 5, 3];
    for (const [place, priority] of priorities.entries())
      await sent(adapter(), queue, `${place}: ${priority}`, { priority });
    expect(await allIn(adapter(), queue)).toEqual([
      "3: 9",
      "4: 5",
      "2: 3",
      "5: 3",
      "0: 0",
      "1: undefined",
    ]);
    await deleted(adapter(), queue);
  });

  test("what comes back has its old place within its priority", async () => {
    const queue = await queueWith(adapter(), [], { "x-max-priority": 2 });
    for (const [body, priority] of [
      ["a", 0],
      ["b", 2],
      ["c", 0],
      ["d", 2],
    ] as const)
      await sent(adapter(), queue, body, { priority });
    const reader = await adapter().openReader(queue, { putsBack: false });
    const [b, d, a] = await taken(reader, 3);
    for (const delivery of [a, d, b]) delivery?.settle("requeue");
    await sent(adapter(), queue, "e", { priority: 2 });
    await reader.close();
    expect(await allIn(adapter(), queue)).toEqual(["b*", "d*", "e", "a*", "c"]);
    await deleted(adapter(), queue);
  });

  test("consumers take turns, and those that are full none until they have settled", async () => {
    const queue = await queueWith(adapter(), []);
    const workers = [
      await worker(adapter(), queue, 1),
      await worker(adapter(), queue, 2),
      await worker(adapter(), queue, 3),
    ] as const;
    for (let place = 0; place < 8; place += 1) await sent(adapter(), queue, String(place));
    const received = () => workers.map(({ recorder }) => recorder.bodies);
    await eventually(() => expect(received()).toEqual([["0"], ["1", "3"], ["2", "4", "5"]]));
    expect((await adapter().countQueue(queue)).messagesReady).toBe(2);
    workers[1].recorder.deliveries[0]?.settle("ack");
    await workers[1].recorder.received(3);
    workers[0].recorder.deliveries[0]?.settle("ack");
    await workers[0].recorder.received(2);
    expect(received()).toEqual([
      ["0", "7"],
      ["1", "3", "6"],
      ["2", "4", "5"],
    ]);
    for (const { consumption } of workers) await consumption.close();
    expect(await allIn(adapter(), queue)).toEqual(["2*", "3*", "4*", "5*", "6*", "7*"]);
    await deleted(adapter(), queue);
  });

  test("what a consumer leaves goes to the others, the oldest first", async () => {
    const queue = await queueWith(adapter(), ["1", "2", "3", "4"]);
    const leaving = await worker(adapter(), queue, 3);
    await leaving.recorder.received(3);
    const staying = await worker(adapter(), queue, 10);
    await staying.recorder.received(1);
    await leaving.consumption.close();
    await staying.recorder.received(4);
    expect(staying.recorder.bodies).toEqual(["4", "1", "2", "3"]);
    expect(staying.recorder.redelivered).toEqual([false, true, true, true]);
    await staying.consumption.close();
    await deleted(adapter(), queue);
  });

  test("a single active consumer that is full has nobody beside it; one that leaves is followed in order", async () => {
    const queue = await queueWith(adapter(), [], { "x-single-active-consumer": true });
    const workers = [
      await worker(adapter(), queue, 1),
      await worker(adapter(), queue, 2),
      await worker(adapter(), queue, 2),
    ] as const;
    for (const body of ["1", "2", "3"]) await sent(adapter(), queue, body);
    await workers[0].recorder.received(1);
    expect(await adapter().countQueue(queue)).toEqual({ messagesReady: 2, consumers: 3 });
    // One that waits for its turn may leave, and is not followed.
    await workers[1].consumption.close();
    workers[0].recorder.deliveries[0]?.settle("ack");
    await workers[0].recorder.received(2);
    await workers[0].consumption.close();
    await workers[2].recorder.received(2);
    expect(workers.map(({ recorder }) => recorder.bodies)).toEqual([["1", "2"], [], ["2", "3"]]);
    expect(workers[2].recorder.redelivered).toEqual([true, false]);
    await workers[2].consumption.close();
    await deleted(adapter(), queue);
  });
}
