import { builder } from "../builder.ts";
import { findQueue } from "../queue-source.ts";
import { QueueObject } from "../types/queue.ts";

builder.queryField("queue", (t) =>
  t.field({
    type: QueueObject,
    nullable: true,
    description:
      "The queue of that name; null where there is none, and for the gateway's own (`gql.`…). `messagesReady` and `consumers` are counted now.",
    args: { name: t.arg.string({ description: "Its name." }) },
    resolve: (_root, { name }, { broker }) => findQueue(name, broker),
  }),
);
