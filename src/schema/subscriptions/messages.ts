import { messagesOf } from "../../feed/messages-of.ts";
import { builder } from "../builder.ts";
import { tapArguments, tapSpec } from "../inputs/tap-arguments.ts";
import { MessageObject } from "../types/message.ts";

builder.subscriptionField("messages", (t) =>
  t.field({
    type: MessageObject,
    description:
      "The messages that an exchange routes, from the moment when the broker has confirmed the subscription. Errors: NOT_FOUND (no such exchange), BROKER_UNAVAILABLE.",
    args: tapArguments(t.arg),
    subscribe: async (_root, args, { feeds }) => messagesOf(await feeds.subscribe(tapSpec(args))),
    resolve: (event) => event,
  }),
);
