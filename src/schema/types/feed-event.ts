import { builder } from "../builder.ts";
import { SOURCE_ALONE } from "../source-alone.ts";
import { GapObject, type GapEvent } from "./gap.ts";
import { MessageObject, type MessageEvent } from "./message.ts";

interface LiveEvent {
  readonly since: Date;
}

export const LiveObject = builder.objectRef<LiveEvent>("Live").implement({
  extensions: SOURCE_ALONE,
  description: "The bindings exist: every matching message published from now on is delivered.",
  fields: (t) => ({
    since: t.expose("since", { type: "DateTime", description: "Since when." }),
  }),
});

export const FeedEventUnion = builder.unionType("FeedEvent", {
  description:
    "What a feed tells: that it is live, a message, or that messages may have been missed.",
  types: [LiveObject, MessageObject, GapObject],
  resolveType: (event: LiveEvent | MessageEvent | GapEvent) => {
    if ("message" in event) return MessageObject;
    return "cause" in event ? GapObject : LiveObject;
  },
});
