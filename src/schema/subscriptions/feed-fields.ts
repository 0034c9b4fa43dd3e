import type { FeedEvent, Gap } from "../../feed/feed-event.ts";
import type { TapSpec } from "../../broker/topology.ts";
import { tapSpec, type TapArguments } from "../inputs/tap-arguments.ts";
import type { MessageEvent } from "../types/message.ts";

/**
 * The root fields that tell what a feed tells, for those who execute them once for many: how the
 * arguments name a tap, and what the field's resolver takes for an event of it.
 */
export const FEED_FIELDS = {
  messages: {
    spec: specOf,
    /** A gap is told with the message that follows it. */
    tellsGaps: false,
    sourceOf: (event: FeedEvent, gap: Gap | undefined): MessageEvent | undefined =>
      event.kind === "message" ? { message: event.message, gap } : undefined,
  },
  feed: {
    spec: specOf,
    tellsGaps: true,
    sourceOf: (event: FeedEvent): FeedEvent => event,
  },
} as const;

/** `given` are the field's arguments, coerced by graphql-js to just what they are declared to be. */
function specOf(given: Readonly<Record<string, unknown>>): TapSpec {
  return tapSpec(given as Readonly<Record<string, unknown>> & TapArguments);
}
