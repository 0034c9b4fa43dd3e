import { GraphQLError } from "graphql";
import { describe, expect, test, vi } from "vitest";
import { exchangeNotFound, noConnection } from "../../../../src/broker/broker-errors.ts";
import type { SubscriberBounds } from "../../../../src/feed/event-queue.ts";
import type { ScriptedTap } from "../../../harness/scripted-adapter.ts";
import { TestMessage } from "../../../harness/test-message.ts";
import { HeldOutlet } from "./held-stream.ts";
import { operation, scriptedFanOut } from "./scripted-fan-out.ts";

const FEED = `subscription {
  feed(exchange: "orders") {
    __typename
    ... on Message { routingKey }
    ... on Gap { cause dropped }
  }
}`;
const MESSAGES = `subscription { messages(exchange: "orders") { routingKey gap { cause dropped } } }`;
/** With something in each response that takes room. */
const FEED_WITH_BODY = FEED.replace("routingKey", "routingKey text");
const MESSAGES_WITH_BODY = MESSAGES.replace("routingKey", "routingKey text");
const GAP = { cause: "reconnected", from: new Date(1), until: new Date(2) } as const;

const message = (routingKey: string, bytes = 0) =>
  new TestMessage({ routingKey, body: Buffer.alloc(bytes, "x") });

const keys = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, place) => String(from + place));

/** After everything that is due in this turn. */
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

function groupOf(query: string, bounds?: SubscriberBounds) {
  const { adapter, context, fanOut } = scriptedFanOut(bounds);
  const asked = operation(query);
  const join = async (outlet: HeldOutlet) => {
    const events = await fanOut.groupOf(asked)?.subscribe(outlet, context);
    if (!events || events instanceof GraphQLError) throw new Error("refused", { cause: events });
    return events;
  };
  const ask = (id: string) => fanOut.groupOf(asked)?.subscribe(new HeldOutlet(id), context);
  return { adapter, join, ask };
}

/** Members by their ids, all live. */
async function liveGroup(query: string, ids: readonly string[], bounds?: SubscriberBounds) {
  const { adapter, join, ask } = groupOf(query, bounds);
  const outlets = ids.map((id) => new HeldOutlet(id));
  const joining = outlets.map((outlet) => join(outlet));
  const tap = await adapter.taps.take();
  tap.goLive();
  const events = await Promise.all(joining);
  return { tap, outlets, events, join, ask, adapter };
}

/** What an outlet's reader was told, in words. */
function told(outlet: HeldOutlet): string[] {
  return outlet.frames.map(({ payload: { data } }) => {
    const { __typename, routingKey, gap, cause, dropped } = Object.assign(
      {},
      data?.["feed"] ?? data?.["messages"],
    ) as Told;
    if (__typename === "Live") return "live";
    if (cause) return `gap ${cause} ${dropped}`;
    return gap ? `${routingKey} after ${gap.cause} ${gap.dropped}` : String(routingKey);
  });
}

interface Told {
  readonly __typename?: string;
  readonly routingKey?: string;
  readonly cause?: string;
  readonly dropped?: number | null;
  readonly gap?: { readonly cause: string; readonly dropped: number | null } | null;
}

/** Delivers one message a turn, so that each is written by itself. */
async function deliverEach(tap: ScriptedTap, routingKeys: readonly string[], bytes = 0) {
  for (const routingKey of routingKeys) {
    tap.deliver(message(routingKey, bytes));
    await nextTurn();
  }
}

describe("everyone in a group", () => {
  test("is told the same in the same order, whether in one turn or in many", async () => {
    const { tap, outlets } = await liveGroup(FEED, ["a", "b", "longer"]);
    tap.deliver(message("1"), message("2"));
    await nextTurn();
    tap.deliver(message("3"));
    tap.interrupt(noConnection());
    tap.tellGap(GAP);
    tap.deliver(message("4"));
    await nextTurn();
    for (const outlet of outlets)
      expect(told(outlet)).toEqual(["live", "1", "2", "3", "gap RECONNECTED null", "4"]);
  });

  test("is told under its own id", async () => {
    const { tap, outlets } = await liveGroup(FEED, ["a", "b", "other"]);
    tap.deliver(message("1"));
    await nextTurn();
    for (const [place, id] of ["a", "b", "other"].entries())
      expect(new Set(outlets[place]?.frames.map((frame) => frame.id))).toEqual(new Set([id]));
  });

  test("misses nothing where others leave in the middle of a batch, and more join later", async () => {
    const ids = ["a", "b", "c", "d", "e"];
    const { tap, outlets, events, join } = await liveGroup(FEED, ids);
    const [, second] = outlets;
    if (!second) throw new Error("there are five");
    const write = second.stream.write.bind(second.stream);
    vi.spyOn(second.stream, "write").mockImplementationOnce((chunk) => {
      void events[0]?.return?.();
      void events[2]?.return?.();
      return write(chunk);
    });
    tap.deliver(message("1"));
    await nextTurn();
    tap.deliver(message("2"));
    await nextTurn();
    const late = new HeldOutlet("f");
    await join(late);
    void events[3]?.return?.();
    tap.deliver(message("3"));
    await nextTurn();
    expect([...outlets, late].map(told)).toEqual([
      ["live", "1"],
      ["live", "1", "2", "3"],
      ["live"],
      ["live", "1", "2"],
      ["live", "1", "2", "3"],
      ["live", "3"],
    ]);
    for (const [place, outlet] of [...outlets, late].entries())
      expect(new Set(outlet.frames.map(({ id }) => id))).toEqual(new Set([[...ids, "f"][place]]));
  });

  test("has its own id, of any length and letters, also after most others have left", async () => {
    const ids = ["a", "1a6b1e9c-0000-4000-8000-000000000001", "é😀é😀", "b", "c", "12345678"];
    const { tap, outlets, events, join } = await liveGroup(FEED, ids);
    for (const place of [0, 3]) void events[place]?.return?.();
    const [first, second] = ["d", "1a6b1e9c-0000-4000-8000-000000000002"].map(
      (id) => new HeldOutlet(id),
    );
    if (!first || !second) throw new Error("there are two");
    await join(first);
    await join(second);
    tap.deliver(message("1"), message("2"));
    await nextTurn();
    void events[1]?.return?.();
    tap.deliver(message("3"), message("4"));
    await nextTurn();
    const all = [...outlets, first, second];
    expect(all.map(told)).toEqual([
      ["live"],
      ["live", "1", "2"],
      ["live", "1", "2", "3", "4"],
      ["live"],
      ["live", "1", "2", "3", "4"],
      ["live", "1", "2", "3", "4"],
      ["live", "1", "2", "3", "4"],
      ["live", "1", "2", "3", "4"],
    ]);
    const asked = [...ids, "d", "1a6b1e9c-0000-4000-8000-000000000002"];
    for (const [place, { frames }] of all.entries())
      expect(new Set(frames.map(({ id }) => id))).toEqual(new Set([asked[place]]));
  });

  test("has what was written for it alone, also where its socket still holds it", async () => {
    const ids = ["a", "b", "c", "d"];
    const { tap, outlets } = await liveGroup(FEED, ids);
    for (const outlet of [outlets[0], outlets[2]]) outlet?.stream.hold();
    for (const turn of [keys(1, 3), keys(4, 6)]) {
      tap.deliver(...turn.map((key) => message(key)));
      await nextTurn();
    }
    for (const outlet of outlets) outlet.stream.release();
    await nextTurn();
    for (const [place, id] of ids.entries()) {
      const outlet = outlets[place];
      expect(outlet?.frames.map((frame) => frame.id)).toEqual(Array(7).fill(id));
      expect(outlet && told(outlet)).toEqual(["live", ...keys(1, 6)]);
    }
  });

  test("has that also where ids of several lengths take turns", async () => {
    const ids = ["a", "long", "b", "lang", "c", "link"];
    const { tap, outlets } = await liveGroup(FEED, ids);
    for (const place of [0, 1, 3]) outlets[place]?.stream.hold();
    tap.deliver(message("1"), message("2"));
    await nextTurn();
    for (const outlet of outlets) outlet.stream.release();
    await nextTurn();
    for (const [place, id] of ids.entries()) {
      expect(outlets[place]?.frames.map((frame) => frame.id)).toEqual(Array(3).fill(id));
      expect(outlets[place] && told(outlets[place])).toEqual(["live", "1", "2"]);
    }
  });

  test("who joins in the middle of a batch gets nothing of what came before", async () => {
    const { tap, outlets, join } = await liveGroup(FEED, ["early"]);
    const late = new HeldOutlet("late!");
    tap.deliver(message("before"));
    await join(late);
    expect(told(late)).toEqual(["live"]);
    tap.deliver(message("after"));
    await nextTurn();
    expect(told(late)).toEqual(["live", "after"]);
    expect(outlets[0] && told(outlets[0])).toEqual(["live", "before", "after"]);
  });

  test("who leaves in the middle of a batch gets nothing more, and the others get it", async () => {
    const { tap, outlets, events } = await liveGroup(FEED, ["stays", "goes"]);
    tap.deliver(message("1"));
    await events[1]?.return?.();
    await nextTurn();
    expect(outlets.map(told)).toEqual([["live", "1"], ["live"]]);
  });

  test("the last to leave closes the tap, and the next to come opens another", async () => {
    const { tap, events, join, adapter } = await liveGroup(FEED, ["a", "b"]);
    for (const event of events) await event.return?.();
    await tap.closed;
    const joining = join(new HeldOutlet("c"));
    const next = await adapter.taps.take();
    next.goLive();
    await joining;
    expect(next).not.toBe(tap);
  });
});

describe("who reads too slowly", () => {
  const bounds = { maxMessages: 10, maxBytes: 1_048_576 };
  /** More than a stream takes before it says that it is full. */
  const LARGE = 300_000;

  test("a feed tells how many were dropped, where they are missing", async () => {
    const { tap, outlets } = await liveGroup(FEED_WITH_BODY, ["slow", "fast"], bounds);
    const [slow, fast] = outlets;
    slow?.stream.hold();
    await deliverEach(tap, keys(1, 31), LARGE);
    slow?.stream.release();
    await nextTurn();
    tap.deliver(message("32"));
    await nextTurn();
    expect(slow && told(slow)).toEqual(["live", "1", "gap SLOW_CONSUMER 28", "30", "31", "32"]);
    expect(fast && told(fast)).toEqual(["live", ...keys(1, 32)]);
  });

  test("messages tell it on the next one, and on that alone", async () => {
    const { tap, outlets } = await liveGroup(MESSAGES_WITH_BODY, ["slow", "fast"], bounds);
    const [slow, fast] = outlets;
    slow?.stream.hold();
    await deliverEach(tap, keys(1, 31), LARGE);
    slow?.stream.release();
    await nextTurn();
    tap.deliver(message("32"));
    await nextTurn();
    expect(slow && told(slow)).toEqual(["1", "30 after SLOW_CONSUMER 28", "31", "32"]);
    expect(fast && told(fast)).toEqual(keys(1, 32));
  });

  test("a gap of the broker's while it is behind is told with its own", async () => {
    const { tap, outlets } = await liveGroup(MESSAGES_WITH_BODY, ["slow"], bounds);
    const [slow] = outlets;
    slow?.stream.hold();
    await deliverEach(tap, keys(1, 2), LARGE);
    tap.interrupt(noConnection());
    tap.tellGap(GAP);
    tap.deliver(message("3"));
    await nextTurn();
    slow?.stream.release();
    await nextTurn();
    expect(slow && told(slow)).toEqual(["1", "2", "3 after RECONNECTED null"]);
  });

  test("is told of a gap with the next message where it had caught up by then", async () => {
    const { tap, outlets } = await liveGroup(MESSAGES, ["one", "two"]);
    tap.interrupt(noConnection());
    tap.tellGap(GAP);
    tap.deliver(message("1"), message("2"));
    await nextTurn();
    for (const outlet of outlets) expect(told(outlet)).toEqual(["1 after RECONNECTED null", "2"]);
  });

  test("is cut off where it stays away", async () => {
    const { tap, outlets } = await liveGroup(FEED_WITH_BODY, ["slow", "fast"], bounds);
    const [slow, fast] = outlets;
    slow?.stream.hold();
    await deliverEach(tap, keys(1, 1), LARGE);
    // In the queue ten messages at a time, and ten times that dropped.
    await deliverEach(tap, keys(2, 111));
    expect(slow?.cuts).toBe(0);
    await deliverEach(tap, keys(112, 112));
    expect(slow?.cuts).toBe(1);
    await deliverEach(tap, keys(113, 120));
    expect(slow?.cuts).toBe(1);
    expect(fast && told(fast)).toEqual(["live", ...keys(1, 120)]);
  });

  test("is not cut off where it catches up now and then", async () => {
    const { tap, outlets } = await liveGroup(FEED_WITH_BODY, ["slow"], bounds);
    const [slow] = outlets;
    for (let stall = 0; stall < 3; stall++) {
      slow?.stream.hold();
      await deliverEach(tap, ["large"], LARGE);
      await deliverEach(tap, keys(1, 100));
      slow?.stream.release();
      await nextTurn();
    }
    expect(slow?.cuts).toBe(0);
  });

  test.for([
    ["a message a turn", 1],
    ["many messages in one turn", 1_000],
  ] as const)("takes no more room than its bound, with %s", async ([, aTurn]) => {
    const maxBytes = 1_048_576;
    const room = { maxMessages: 100_000, maxBytes };
    const { tap, outlets } = await liveGroup(FEED_WITH_BODY, ["slow"], room);
    const [slow] = outlets;
    slow?.stream.hold();
    // Just short of what makes a socket full.
    await deliverEach(tap, ["first"], 260_000);
    const deliveries = 2_000;
    for (let sent = 0; sent < deliveries; sent += aTurn) {
      tap.deliver(...Array.from({ length: aTurn }, () => message("k", 2_048)));
      await nextTurn();
    }
    const inSocket = slow?.stream.writableLength ?? 0;
    slow?.stream.release();
    await nextTurn();
    const waited = (slow?.stream.bytes.length ?? 0) - inSocket;
    expect(inSocket + waited).toBeGreaterThan(maxBytes / 2);
    expect(inSocket + waited).toBeLessThan(1.1 * maxBytes);
  });
});

describe("a group that cannot be", () => {
  test("refuses everyone with the broker's own word, at the root field", async () => {
    const { adapter, ask } = groupOf(`subscription { told: ${FEED.slice(FEED.indexOf("feed"))}`);
    const joining = ["a", "b"].map(async (id) => await ask(id));
    (await adapter.taps.take()).refuse(exchangeNotFound("orders"));
    for (const refused of await Promise.all(joining)) {
      expect(refused).toMatchObject({
        path: ["told"],
        originalError: { code: "NOT_FOUND" },
      });
    }
    const again = ask("c");
    (await adapter.taps.take()).goLive();
    expect(await again).not.toBeInstanceOf(GraphQLError);
  });

  test("refuses who comes while it is interrupted, and takes them afterwards", async () => {
    const { tap, join, ask } = await liveGroup(FEED, ["a"]);
    tap.interrupt(noConnection());
    expect(await ask("b")).toMatchObject({
      originalError: { code: "BROKER_UNAVAILABLE" },
    });
    tap.tellGap(GAP);
    const late = new HeldOutlet("c");
    await join(late);
    expect(told(late)).toEqual(["live"]);
  });

  test("that has ended writes what is left, then fails for each", async () => {
    const { tap, outlets, events } = await liveGroup(FEED_WITH_BODY, ["held", "free"]);
    outlets[0]?.stream.hold();
    const ended = events.map((event) => event.next());
    tap.deliver(message("1", 400_000));
    await nextTurn();
    tap.deliver(message("2"));
    tap.end(noConnection());
    for (const end of ended)
      await expect(end).rejects.toMatchObject({ code: "BROKER_UNAVAILABLE" });
    outlets[0]?.stream.release();
    await nextTurn();
    for (const outlet of outlets) expect(told(outlet)).toEqual(["live", "1", "2"]);
  });

  test("that ends while somebody joins refuses them", async () => {
    const { tap, ask } = await liveGroup(FEED, ["a"]);
    const joining = ask("b");
    tap.end(noConnection());
    expect(await joining).toMatchObject({ originalError: { code: "BROKER_UNAVAILABLE" } });
  });
});

test("nothing is written to a transport that has said its last word", async () => {
  const { tap, outlets } = await liveGroup(FEED, ["closed", "open"]);
  const [closed, open] = outlets;
  if (closed) closed.isOpen = false;
  tap.deliver(message("1"));
  tap.tellGap(GAP);
  await nextTurn();
  expect(closed && told(closed)).toEqual(["live"]);
  expect(open && told(open)).toEqual(["live", "1", "gap RECONNECTED null"]);
});
