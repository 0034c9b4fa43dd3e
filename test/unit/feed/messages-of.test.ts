import { describe, expect, test } from "vitest";
import type { FeedEvent } from "../../../src/feed/feed-event.ts";
import { messagesOf } from "../../../src/feed/messages-of.ts";
import { PushIterator } from "../../../src/push-iterator.ts";
import { TestMessage } from "../../harness/test-message.ts";

const at = (second: number) => new Date(second * 1_000);
const [one, two] = [new TestMessage({ routingKey: "one" }), new TestMessage({ routingKey: "two" })];
const live: FeedEvent = { kind: "live", since: at(0) };
const first = { cause: "reconnected", from: at(1), until: at(2) } as const;
const second = { cause: "slow-consumer", from: at(3), until: at(4), dropped: 7 } as const;

/** A feed that tells `events` and then waits. */
function feedOf(...events: FeedEvent[]) {
  let ended = 0;
  const source = { shift: () => events.shift(), clear: () => {} };
  const feed = new PushIterator<FeedEvent>(source, () => ended++);
  return { feed, ended: () => ended };
}

describe("the messages of a feed", () => {
  test("are what is a message, and nothing else", async () => {
    const { feed } = feedOf(
      live,
      { kind: "message", message: one },
      { kind: "message", message: two },
    );
    const messages = messagesOf(feed);
    expect(await messages.next()).toEqual({ done: false, value: { message: one } });
    expect(await messages.next()).toEqual({ done: false, value: { message: two } });
  });

  test("tell of a gap on the next one alone", async () => {
    const { feed } = feedOf(
      { kind: "gap", gap: second },
      { kind: "message", message: one },
      { kind: "message", message: two },
    );
    const messages = messagesOf(feed);
    expect((await messages.next()).value).toEqual({ message: one, gap: second });
    expect((await messages.next()).value).toEqual({ message: two });
  });

  test("tell of several gaps as one", async () => {
    const { feed } = feedOf(
      { kind: "gap", gap: first },
      { kind: "gap", gap: second },
      { kind: "message", message: one },
    );
    expect((await messagesOf(feed).next()).value).toEqual({
      message: one,
      gap: { cause: "reconnected", from: at(1), until: at(4) },
    });
  });

  test("end with the feed at once, also while they wait for the next", async () => {
    const { feed, ended } = feedOf(live);
    const messages = messagesOf(feed);
    const waiting = messages.next();
    await messages.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(ended()).toBe(1);
  });

  test("fail as the feed does", async () => {
    const { feed } = feedOf();
    const waiting = messagesOf(feed).next();
    feed.fail(new Error("the broker closed"));
    await expect(waiting).rejects.toThrow("the broker closed");
  });
});
