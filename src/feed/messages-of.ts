import type { IncomingMessage } from "../broker/message.ts";
import { joinGaps } from "./event-queue.ts";
import type { FeedEvent, Gap } from "./feed-event.ts";

/** A message, with the gap that was before it. */
export interface MessageAfterGap {
  readonly message: IncomingMessage;
  readonly gap?: Gap;
}

/** The messages of a feed alone; what may have been missed is told on the next message. */
export function messagesOf(
  events: AsyncIterator<FeedEvent, undefined>,
): AsyncIterableIterator<MessageAfterGap> {
  let gap: Gap | undefined;
  return {
    async next() {
      for (;;) {
        const { done, value: event } = await events.next();
        if (done) return { done: true, value: undefined };
        if (event.kind === "gap") gap = gap ? joinGaps(gap, event.gap) : event.gap;
        if (event.kind !== "message") continue;
        const value = { message: event.message, ...(gap ? { gap } : {}) };
        gap = undefined;
        return { done: false, value };
      }
    },
    // Straight to the source: what waits in `next` is over at once.
    async return() {
      await events.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
