import { expect, test } from "vitest";
import { fieldTable } from "../../../src/broker/field-table.ts";
import { eventually } from "../../harness/eventually.ts";
import { ConsumerRecorder } from "./consumer-recorder.ts";
import { declaredQueue, message } from "./fixtures.ts";
import type { BrokerHarness } from "./harness.ts";
import { allIn, arrival, deathsOf, deleted, queueWithDeadLetters, sent } from "./queue-contents.ts";
import { sharedAdapter } from "./shared-adapter.ts";

export function timeToLive(harness: BrokerHarness): void {
  const adapter = sharedAdapter(harness);

  test.each([
    { what: "its own time to live", ttl: {}, own: { expirationMs: 30 }, noted: ["30"] },
    { what: "the queue's", ttl: { "x-message-ttl": 30 }, own: {}, noted: [] },
    {
      what: "the shorter of both",
      ttl: { "x-message-ttl": 30 },
      own: { expirationMs: 3_600_000 },
      noted: ["3600000"],
    },
  ])("a message that has waited for $what is a dead letter", async ({ ttl, own, noted }) => {
    const { queue, dead } = await queueWithDeadLetters(adapter(), ttl);
    await sent(adapter(), queue, "late", own);
    const { headers, properties, text } = await arrival(adapter(), dead);
    expect(text).toBe("late");
    expect(properties.expirationMs).toBeUndefined();
    const death = deathsOf(headers)[0] ?? fieldTable();
    expect(death).toMatchObject({ reason: "expired", queue, count: 1 });
    expect([death["original-expiration"] ?? []].flat()).toEqual(noted);
    expect(await allIn(adapter(), queue)).toEqual([]);
    await deleted(adapter(), queue, dead);
  });

  test("messages expire at the head of the queue, and behind it not before they come there", async () => {
    const { queue, dead } = await queueWithDeadLetters(adapter());
    const { dead: clock, queue: timed } = await queueWithDeadLetters(adapter());
    await sent(adapter(), queue, "patient", { expirationMs: 3_600_000 });
    await sent(adapter(), queue, "impatient", { expirationMs: 1 });
    await sent(adapter(), timed, "tick", { expirationMs: 50 });
    await arrival(adapter(), clock);
    expect((await adapter().countQueue(queue)).messagesReady).toBe(2);
    expect((await arrival(adapter(), queue)).text).toBe("patient");
    expect((await arrival(adapter(), dead)).text).toBe("impatient");
    await deleted(adapter(), queue, dead, timed, clock);
  });

  test("a message that comes back has no more time than it had", async () => {
    const { queue, dead } = await queueWithDeadLetters(adapter(), { "x-message-ttl": 100 });
    const { dead: clock, queue: timed } = await queueWithDeadLetters(adapter());
    await sent(adapter(), queue, "held");
    const reader = await adapter().openReader(queue, { putsBack: false });
    const held = await reader.next();
    await sent(adapter(), timed, "tick", { expirationMs: 150 });
    await arrival(adapter(), clock);
    expect(held?.settle("requeue")).toBe(true);
    expect((await arrival(adapter(), dead)).headers["x-death"]).toMatchObject([
      { reason: "expired" },
    ]);
    await reader.close();
    await deleted(adapter(), queue, dead, timed, clock);
  });

  test("a message that may not wait is for a consumer with room, or for nobody", async () => {
    const { queue, dead } = await queueWithDeadLetters(adapter(), { "x-message-ttl": 0 });
    const recorder = new ConsumerRecorder();
    const consumption = await adapter().consume(queue, { prefetch: 1 }, recorder);
    for (const body of ["1", "2"]) await sent(adapter(), queue, body);
    await recorder.received(1);
    expect((await arrival(adapter(), dead)).text).toBe("2");
    expect(recorder.bodies).toEqual(["1"]);
    await consumption.close();
    expect((await arrival(adapter(), dead)).text).toBe("1");
    await deleted(adapter(), queue, dead);
  });

  test("what expires behind a more urgent message goes when that has gone", async () => {
    const { queue, dead } = await queueWithDeadLetters(adapter(), { "x-max-priority": 5 });
    const { dead: clock, queue: timed } = await queueWithDeadLetters(adapter());
    await sent(adapter(), queue, "urgent", { priority: 5 });
    await sent(adapter(), queue, "late", { priority: 0, expirationMs: 1 });
    await sent(adapter(), timed, "tick", { expirationMs: 50 });
    await arrival(adapter(), clock);
    expect((await adapter().countQueue(queue)).messagesReady).toBe(2);
    expect((await arrival(adapter(), queue)).text).toBe("urgent");
    expect((await arrival(adapter(), dead)).text).toBe("late");
    await deleted(adapter(), queue, dead, timed, clock);
  });

  test("a queue that nobody uses for its time goes, publishes or not; one with a consumer stays", async () => {
    const expiring = { arguments: fieldTable({ "x-expires": 200 }) };
    const [idle, used] = [
      await declaredQueue(adapter(), expiring),
      await declaredQueue(adapter(), expiring),
    ];
    const recorder = new ConsumerRecorder();
    const consumption = await adapter().consume(used, { prefetch: 1 }, recorder);
    await eventually(async () =>
      expect(await adapter().publish(message("", idle))).toEqual({ routed: false }),
    );
    expect(await adapter().publish(message("", used))).toEqual({ routed: true });
    await recorder.received(1);
    await consumption.close();
    await eventually(async () =>
      expect(await adapter().publish(message("", used))).toEqual({ routed: false }),
    );
    expect(recorder.endedWith).toBeUndefined();
  });

  test("what is in a queue that expires is no dead letter", async () => {
    const { queue, dead } = await queueWithDeadLetters(adapter(), { "x-expires": 100 });
    await sent(adapter(), queue, "1");
    await eventually(async () =>
      expect(await adapter().publish(message("", queue))).toEqual({ routed: false }),
    );
    expect(await allIn(adapter(), dead)).toEqual([]);
    await deleted(adapter(), dead);
  });
}
