import { builder } from "../builder.ts";
import { RedriveObject } from "../types/redrive.ts";

builder.mutationField("redrive", (t) =>
  t.field({
    type: RedriveObject,
    description:
      "Moves messages out of a queue of dead letters, the oldest first: each back to the queue where it died last (by its header `x-death`), or all to the queue `to`. Each is confirmed there before it is taken away here. Call it again to go on. Errors: NOT_FOUND (there is no such queue; the message stays, the others are moved, and the error says how many), BAD_USER_INPUT (no dead letter, and no `to`; likewise), NOT_SUPPORTED (a stream), LIMIT_EXCEEDED, PUBLISH_REFUSED, CONFIRM_UNKNOWN, BROKER_UNAVAILABLE, BROKER_BLOCKED, BUSY.",
    args: {
      from: t.arg.string({ description: "The queue that holds the dead letters." }),
      to: t.arg.string({
        required: false,
        description: "The queue to move them to; left out: each to where it came from.",
      }),
      limit: t.arg.int({
        required: false,
        description:
          "How many at most; left out: those that are there at the start, as far as one call goes.",
      }),
    },
    resolve: (_root, { from, to, limit }, { deadLetters }) =>
      deadLetters.redrive({ from, to: to ?? undefined, limit: limit ?? undefined }),
  }),
);
