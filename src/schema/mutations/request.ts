import { builder } from "../builder.ts";
import { outgoingMessage, PublishInput } from "../inputs/publish-input.ts";
import { MessageObject } from "../types/message.ts";

builder.mutationField("request", (t) =>
  t.field({
    type: MessageObject,
    description:
      "Publishes a message, and answers with the first reply to it: what is published to the message's `replyTo`, through the default exchange and with the same `correlationId`. Both are the gateway's; a `correlationId` of yours reaches the responder as the header `x-gql-correlation-id`. Errors: those of `publish`, UNROUTABLE (no queue received it, `mandatory` or not), REQUEST_TIMEOUT (no reply in time), CONFIRM_UNKNOWN (sent, and the reply can no longer come), BUSY (too many wait), LIMIT_EXCEEDED (timeoutMs).",
    args: {
      input: t.arg({ type: PublishInput, description: "The request, and where it goes." }),
      timeoutMs: t.arg.int({
        defaultValue: 10_000,
        description:
          "How long the reply may take, in milliseconds. The request waits no longer in a queue either.",
      }),
    },
    resolve: async (_root, { input, timeoutMs }, { broker }) => ({
      message: await broker.request(outgoingMessage(input), { timeoutMs: timeoutMs ?? 10_000 }),
    }),
  }),
);
