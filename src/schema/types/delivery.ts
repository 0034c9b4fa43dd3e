import { builder } from "../builder.ts";
import { SOURCE_ALONE } from "../source-alone.ts";
import type { Delivery } from "../../work/delivery.ts";
import { MessageObject } from "./message.ts";

export const DeliveryObject = builder.objectRef<Delivery>("Delivery").implement({
  extensions: SOURCE_ALONE,
  description:
    "A message from a queue, in this subscriber's hands until it is settled: by `ack`, `nack` or `retry`.",
  fields: (t) => ({
    id: t.exposeID("id", {
      description:
        "What settles it. Means this delivery alone, to the caller who got it, until it is settled or has gone back to its queue.",
    }),
    queue: t.exposeString("queue", { description: "The queue that it comes from." }),
    attempt: t.exposeInt("attempt", {
      description:
        "How often the message has been handed out, this time included: 1 for the first.",
    }),
    message: t.field({
      type: MessageObject,
      description: "The message, as it was published: retries do not change it.",
      resolve: ({ message }) => ({ message }),
    }),
  }),
});
