import type { TapState, TapStatus } from "../../feed/tap-status.ts";
import { builder } from "../builder.ts";
import { fieldTableJson } from "../field-table-json.ts";
import { HeadersMatchEnum } from "../inputs/headers-match-input.ts";

const TAP_STATE_VALUES = {
  OPENING: { value: "opening", description: "Being made: nobody at it is live yet." },
  LIVE: { value: "live", description: "Every matching message is delivered." },
  INTERRUPTED: {
    value: "interrupted",
    description:
      "Messages may be missed. It is being restored; then a `Gap` tells its subscribers so.",
  },
} as const satisfies Record<Uppercase<TapState>, { value: TapState; description: string }>;

const TapStateEnum = builder.enumType("TapState", {
  description: "How a tap is.",
  values: TAP_STATE_VALUES,
});

export const BrokerTapObject = builder.objectRef<TapStatus>("BrokerTap").implement({
  description:
    "A tap: the queue that all subscriptions of this gateway to the same messages share, from the first of them to the last.",
  fields: (t) => ({
    exchange: t.string({
      description: "The exchange that it listens to.",
      resolve: ({ spec }) => spec.exchange,
    }),
    routingPatterns: t.stringList({
      description: "The routing patterns, sorted.",
      resolve: ({ spec }) => spec.routingPatterns,
    }),
    headersMatch: t.field({
      type: HeadersMatchEnum,
      nullable: true,
      description: "How many of `headers` a message must have; null where none are compared.",
      resolve: ({ spec }) => spec.headers?.match,
    }),
    headers: t.field({
      type: "JSONObject",
      nullable: true,
      description: "What is compared with the headers of messages; null where nothing is.",
      resolve: ({ spec }) => spec.headers && fieldTableJson(spec.headers.values),
    }),
    state: t.field({
      type: TapStateEnum,
      description: "How it is.",
      resolve: (tap) => tap.state,
    }),
    since: t.expose("since", { type: "DateTime", description: "When it came to be so." }),
    reason: t.exposeString("reason", {
      nullable: true,
      description: "Why, where it is interrupted.",
    }),
    subscribers: t.exposeInt("subscribers", {
      description: "Subscriptions at it, those included that are not live yet.",
    }),
  }),
});
