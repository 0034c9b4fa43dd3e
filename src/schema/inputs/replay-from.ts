import type { StreamPosition } from "../../broker/stream.ts";
import { CodedError } from "../../errors.ts";
import type { ReplayFrom } from "../../replay/replays.ts";
import { builder } from "../builder.ts";

const ReplayPositionEnum = builder.enumType("ReplayPosition", {
  description: "A place in a stream.",
  values: {
    FIRST: { value: "first", description: "The oldest message that is kept." },
    LAST: { value: "last", description: "The newest message." },
    NEXT: { value: "next", description: "The next message to be published." },
  } as const satisfies Record<
    Uppercase<StreamPosition>,
    { value: StreamPosition; description: string }
  >,
});

export const ReplayFromInput = builder.inputType("ReplayFrom", {
  description: "Where a replay begins, in exactly one of three ways.",
  isOneOf: true,
  fields: (t) => ({
    position: t.field({
      type: ReplayPositionEnum,
      required: false,
      description: "At the beginning, at the end, or after it.",
    }),
    since: t.field({
      type: "DateTime",
      required: false,
      description:
        "With the first message that the stream stored at this time or later; messages whose own timestamp is older are passed over. Both are in whole seconds.",
    }),
    cursor: t.string({
      required: false,
      description:
        "With the message after the one that had this cursor. Where that is no longer kept, the first message has a gap HISTORY_TRUNCATED; where the stream is another, HISTORY_REPLACED.",
    }),
  }),
});

export function replayFrom({
  position,
  since,
  cursor,
}: typeof ReplayFromInput.$inferInput): ReplayFrom {
  if (position != null) return { position };
  if (since != null) return { since };
  if (cursor != null) return { cursor };
  throw new CodedError("BAD_USER_INPUT", "from needs exactly one of position, since and cursor");
}
