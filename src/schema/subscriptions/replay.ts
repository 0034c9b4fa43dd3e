import { builder } from "../builder.ts";
import { ReplayFromInput, replayFrom } from "../inputs/replay-from.ts";
import { MessageObject } from "../types/message.ts";

builder.subscriptionField("replay", (t) =>
  t.field({
    type: MessageObject,
    description:
      "A stream from a position, and on into what is published from then on: every message once and in order, each with its cursor. It goes as fast as the client reads. Errors: NOT_FOUND (no such queue), PRECONDITION_FAILED (no stream), BAD_USER_INPUT (no cursor of this stream's), LIMIT_EXCEEDED, NOT_SUPPORTED (a broker without streams), BROKER_UNAVAILABLE.",
    args: {
      stream: t.arg.string({ description: "The name of the queue, whose type is STREAM." }),
      from: t.arg({ type: ReplayFromInput, description: "Where to begin." }),
    },
    subscribe: (_root, { stream, from }, { replays }) => replays.open(stream, replayFrom(from)),
    resolve: (event) => event,
  }),
);
