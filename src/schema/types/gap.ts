import type { StreamGap } from "../../broker/stream.ts";
import type { Gap } from "../../feed/feed-event.ts";
import { builder } from "../builder.ts";
import { SOURCE_ALONE } from "../source-alone.ts";

/** Of a feed's messages, or of a stream's. */
export type GapEvent = Gap | StreamGap;

const GAP_CAUSE_VALUES = {
  RECONNECTED: {
    value: "reconnected",
    description: "The connection to the broker was lost and is back.",
  },
  QUEUE_DELETED: {
    value: "queue-deleted",
    description: "Somebody deleted the subscription's queue; it has a new one.",
  },
  BINDING_LOST: {
    value: "binding-lost",
    description: "The exchange or a binding was deleted and is back.",
  },
  BROKER_OVERFLOW: {
    value: "broker-overflow",
    description: "The gateway read too slowly, and the broker dropped the oldest.",
  },
  SLOW_CONSUMER: {
    value: "slow-consumer",
    description: "This client read too slowly, and the gateway dropped the oldest.",
  },
  HISTORY_TRUNCATED: {
    value: "history-truncated",
    description: "The stream no longer keeps what comes next.",
  },
  HISTORY_REPLACED: {
    value: "history-replaced",
    description: "The stream was deleted and made anew; it begins with its oldest message.",
  },
} as const satisfies Record<GapCauseName, { value: GapCause; description: string }>;

type GapCause = GapEvent["cause"];

type GapCauseName =
  Uppercase<GapCause> extends infer Name
    ? Name extends `${infer First}-${infer Rest}`
      ? `${First}_${Rest}`
      : Name
    : never;

const GapCauseEnum = builder.enumType("GapCause", {
  description: "Why messages may have been missed.",
  values: GAP_CAUSE_VALUES,
});

export const GapObject = builder.objectRef<GapEvent>("Gap").implement({
  extensions: SOURCE_ALONE,
  description: "A stretch in which matching messages may have been missed.",
  fields: (t) => ({
    cause: t.field({ type: GapCauseEnum, description: "Why.", resolve: (gap) => gap.cause }),
    from: t.expose("from", {
      type: "DateTime",
      nullable: true,
      description: "Until when nothing was missed.",
    }),
    until: t.expose("until", {
      type: "DateTime",
      nullable: true,
      description: "From when nothing is missed again.",
    }),
    dropped: t.int({
      nullable: true,
      description: "How many messages, where that is known.",
      resolve: (gap) => ("dropped" in gap ? gap.dropped : null),
    }),
  }),
});
