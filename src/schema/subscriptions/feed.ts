import type { FeedEvent } from "../../feed/feed-event.ts";
import { builder } from "../builder.ts";
import { tapArguments, tapSpec } from "../inputs/tap-arguments.ts";
import { FeedEventUnion } from "../types/feed-event.ts";

builder.subscriptionField("feed", (t) =>
  t.field({
    type: FeedEventUnion,
    description:
      "The messages that an exchange routes, telling also when the subscription went live and when messages may have been missed. Errors: NOT_FOUND (no such exchange), BROKER_UNAVAILABLE.",
    args: tapArguments(t.arg),
    subscribe: (_root, args, { feeds }) => feeds.subscribe(tapSpec(args)),
    resolve: told,
  }),
);

function told(event: FeedEvent) {
  if (event.kind === "live") return { since: event.since };
  return event.kind === "message" ? { message: event.message } : event.gap;
}
