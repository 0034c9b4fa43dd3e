import type { PublishReceipt } from "../../broker/publish-receipt.ts";
import { builder } from "../builder.ts";
import { SOURCE_ALONE } from "../source-alone.ts";

export const PublishReceiptObject = builder.objectRef<PublishReceipt>("PublishReceipt").implement({
  description: "The broker has confirmed the message.",
  extensions: SOURCE_ALONE,
  fields: (t) => ({
    messageId: t.exposeID("messageId", {
      description: "The message's id: the given one, or the one made up for it.",
    }),
    exchange: t.exposeString("exchange", { description: "The exchange that it was published to." }),
    routingKey: t.exposeString("routingKey", {
      description: "The routing key that it was published with.",
    }),
    persistent: t.exposeBoolean("persistent", {
      description: "It outlives a restart of the broker, in a durable queue.",
    }),
    routed: t.exposeBoolean("routed", {
      description: "False: the broker took it, and no queue was bound to receive it.",
    }),
  }),
});
