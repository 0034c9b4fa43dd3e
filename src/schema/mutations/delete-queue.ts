import { builder } from "../builder.ts";

builder.mutationField("deleteQueue", (t) =>
  t.int({
    description:
      "Deletes a queue, its messages and its bindings; the number of messages that waited in it, 0 where there was none. Errors: PRECONDITION_FAILED (a condition is not met), RESOURCE_LOCKED (exclusive to another connection), NOT_SUPPORTED (quorum queues and streams know no conditions), FORBIDDEN (one of the gateway's own).",
    args: {
      name: t.arg.string({ description: "The queue to delete." }),
      ifUnused: t.arg.boolean({
        defaultValue: false,
        description: "Only where it has no consumers.",
      }),
      ifEmpty: t.arg.boolean({
        defaultValue: false,
        description: "Only where no messages wait in it.",
      }),
    },
    resolve: (_root, { name, ifUnused, ifEmpty }, { broker }) =>
      broker.deleteQueue(name, {
        ifUnused: ifUnused ?? false,
        ifEmpty: ifEmpty ?? false,
      }),
  }),
);
