import { builder } from "../builder.ts";

builder.mutationField("purgeQueue", (t) =>
  t.int({
    description:
      "Removes the messages that wait in a queue, and not those that consumers hold; the number removed. Errors: NOT_FOUND, RESOURCE_LOCKED (exclusive to another connection), NOT_SUPPORTED (a stream), FORBIDDEN (one of the gateway's own).",
    args: { name: t.arg.string({ description: "The queue to empty." }) },
    resolve: (_root, { name }, { broker }) => broker.purgeQueue(name),
  }),
);
