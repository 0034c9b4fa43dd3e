import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { EventQueue, joinGaps } from "../../../src/feed/event-queue.ts";
import type { FeedEvent, Gap } from "../../../src/feed/feed-event.ts";
import { TestMessage } from "../../harness/test-message.ts";

const at = (second: number) => new Date(second * 1_000);

const messageOf = (second: number, bytes = 1): FeedEvent => ({
  kind: "message",
  message: new TestMessage({ body: Buffer.alloc(bytes), receivedAt: at(second) }),
});
const live: FeedEvent = { kind: "live", since: at(0) };
const reconnected: FeedEvent = {
  kind: "gap",
  gap: { cause: "reconnected", from: at(1), until: at(2) },
};
const slow = (from: number, until: number, dropped: number): FeedEvent => ({
  kind: "gap",
  gap: { cause: "slow-consumer", from: at(from), until: at(until), dropped },
});

function drained(queue: EventQueue): FeedEvent[] {
  const events: FeedEvent[] = [];
  for (let event = queue.shift(); event; event = queue.shift()) events.push(event);
  return events;
}

function queueOf(
  events: readonly FeedEvent[],
  bounds: Partial<{ messages: number; bytes: number }>,
) {
  const { messages: maxMessages = 1_000, bytes: maxBytes = 1_000_000 } = bounds;
  const queue = new EventQueue({ maxMessages, maxBytes });
  for (const event of events) queue.push(event);
  return queue;
}

describe("what a subscriber has not read yet", () => {
  test("comes out in the order in which it came in", () => {
    const events = [live, messageOf(1), messageOf(2), reconnected, messageOf(3)];
    expect(drained(queueOf(events, {}))).toEqual(events);
  });

  test("past the bound of messages, the oldest are a gap that counts them", () => {
    const [first, second, third, fourth] = [1, 2, 3, 4].map((place) => messageOf(place));
    if (!first || !second || !third || !fourth) throw new Error("four messages");
    const queue = queueOf([first, second, third, fourth], { messages: 2 });
    expect(queue.dropped).toBe(2);
    expect(drained(queue)).toEqual([slow(1, 2, 2), third, fourth]);
  });

  test("past the bound of bytes, too, however few messages they are", () => {
    const [small, large] = [messageOf(1, 10), messageOf(2, 95)];
    expect(drained(queueOf([small, large], { bytes: 100 }))).toEqual([slow(1, 1, 1), large]);
  });

  test("counts what each message takes besides its body", () => {
    const queue = new EventQueue({ maxMessages: 1_000, maxBytes: 100 }, 40);
    const [first, second, third] = [messageOf(1, 10), messageOf(2, 10), messageOf(3, 10)];
    for (const event of [first, second]) queue.push(event);
    expect(queue.dropped).toBe(0);
    queue.push(third);
    expect(drained(queue)).toEqual([slow(1, 1, 1), second, third]);
    queue.push(first);
    queue.push(second);
    expect(drained(queue)).toEqual([first, second]);
  });

  test("holds one message, whatever its size", () => {
    const huge = messageOf(1, 500);
    expect(drained(queueOf([huge], { bytes: 100 }))).toEqual([huge]);
  });

  test("news is never dropped, and stays where it was among what is", () => {
    const last = messageOf(5);
    const events = [live, messageOf(1), reconnected, messageOf(2), last];
    expect(drained(queueOf(events, { messages: 1 }))).toEqual([
      live,
      slow(1, 1, 1),
      reconnected,
      slow(2, 2, 1),
      last,
    ]);
  });

  test("has room again once it was read", () => {
    const queue = queueOf([messageOf(1), messageOf(2)], { messages: 2 });
    drained(queue);
    const [next, after] = [messageOf(3), messageOf(4)];
    queue.push(next);
    queue.push(after);
    expect(queue.dropped).toBe(0);
    expect(drained(queue)).toEqual([next, after]);
  });

  test("is gone once it is cleared, and what comes later is bounded as before", () => {
    const queue = queueOf([live, messageOf(1, 90), messageOf(2, 90)], { bytes: 100 });
    queue.clear();
    expect(drained(queue)).toEqual([]);
    const next = messageOf(3, 90);
    queue.push(next);
    expect(drained(queue)).toEqual([next]);
  });

  test.for<[string, (queue: EventQueue) => void]>([
    ["is read", (queue) => void drained(queue)],
    ["is forgotten", (queue) => queue.clear()],
  ])("is counted in all, by messages and by gaps, once it %s", ([, end]) => {
    const tally = { dropped: vi.fn<(count: number) => void>(), fellBehind: vi.fn<() => void>() };
    const queue = new EventQueue({ maxMessages: 1, maxBytes: 1_000 }, 0, tally);
    for (let n = 0; n < 250; n++) queue.push(messageOf(n));
    queue.push(reconnected);
    queue.push(messageOf(250));
    queue.push(messageOf(251));
    const counted = (): number => sum(tally.dropped.mock.calls.map(([count]) => count));
    expect(counted()).toBe(200);
    end(queue);
    expect(counted()).toBe(queue.dropped);
    expect(queue.dropped).toBe(251);
    expect(tally.fellBehind).toHaveBeenCalledTimes(2);
    expect(tally.dropped.mock.calls.length).toBeLessThan(6);
  });

  test("however it is filled and read: within bounds, in order, and every message read or counted", () => {
    const events = fc.oneof(
      fc.nat({ max: 40 }).map((bytes) => messageOf(0, bytes)),
      fc.constant(live),
      fc.constant(reconnected),
    );
    const steps = fc.array(fc.oneof(events, fc.constant("read" as const)), { maxLength: 200 });
    const bounds = fc.record({
      maxMessages: fc.integer({ min: 1, max: 10 }),
      maxBytes: fc.integer({ min: 1, max: 100 }),
    });
    fc.assert(
      fc.property(steps, bounds, (taken, { maxMessages, maxBytes }) => {
        const queue = new EventQueue({ maxMessages, maxBytes });
        const pushed = taken.filter((step) => step !== "read");
        const read: FeedEvent[] = [];
        for (const step of taken) {
          if (step !== "read") queue.push(step);
          else read.push(...[queue.shift()].filter((event) => event !== undefined));
        }
        const waiting = drained(queue);
        const held = waiting.filter(({ kind }) => kind === "message");
        expect(held.length).toBeLessThanOrEqual(maxMessages);
        expect(held.length <= 1 || bytesOf(held) <= maxBytes).toBe(true);
        expect(places(pushed, [...read, ...waiting])).toEqual(
          places(pushed, [...read, ...waiting]).toSorted((a, b) => a - b),
        );
        const got = [...read, ...waiting].filter(({ kind }) => kind === "message").length;
        const counted = sum([...read, ...waiting].map(droppedIn));
        expect(counted).toBe(queue.dropped);
        expect(got + counted).toBe(pushed.filter(({ kind }) => kind === "message").length);
      }),
    );
  });
});

describe("two gaps are one", () => {
  const from = at(1);
  const until = at(9);

  test.for<[string, Gap, Gap, Gap]>([
    [
      "with a count where both have one",
      { cause: "slow-consumer", from, until: at(2), dropped: 2 },
      { cause: "slow-consumer", from: at(3), until, dropped: 3 },
      { cause: "slow-consumer", from, until, dropped: 5 },
    ],
    [
      "without one where only one has",
      { cause: "reconnected", from, until: at(2) },
      { cause: "slow-consumer", from: at(3), until, dropped: 3 },
      { cause: "reconnected", from, until },
    ],
  ])("%s", ([, first, second, joined]) => {
    expect(joinGaps(first, second)).toEqual(joined);
  });
});

function bytesOf(events: readonly FeedEvent[]): number {
  return sum(events.map((event) => (event.kind === "message" ? event.message.body.length : 0)));
}

function droppedIn(event: FeedEvent): number {
  return event.kind === "gap" && event.gap.cause === "slow-consumer" ? (event.gap.dropped ?? 0) : 0;
}

/** Where among `pushed` each message of `events` was. */
function places(pushed: readonly FeedEvent[], events: readonly FeedEvent[]): number[] {
  return events.filter(({ kind }) => kind === "message").map((event) => pushed.indexOf(event));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
