import { builder } from "../builder.ts";
import { MessageObject } from "../types/message.ts";

builder.queryField("peek", (t) =>
  t.field({
    type: [MessageObject],
    description:
      "The next messages of a queue, which stay there: they are taken, and put back in their places, redelivered from then on. Of dead letters the header `x-death` tells why, from where, how often and when. Errors: NOT_FOUND, NOT_SUPPORTED (a stream; a quorum queue that would count it towards its delivery limit), LIMIT_EXCEEDED, RESOURCE_LOCKED, BUSY.",
    args: {
      queue: t.arg.string({ description: "The queue to look into." }),
      limit: t.arg.int({
        defaultValue: 10,
        description: "How many messages at most; fewer where they are large.",
      }),
    },
    resolve: async (_root, { queue, limit }, { deadLetters }) => {
      const messages = await deadLetters.peek(queue, limit ?? 10);
      return messages.map((message) => ({ message }));
    },
  }),
);
