import { builder } from "../builder.ts";
import { deliveryIds } from "../inputs/delivery-ids.ts";

builder.mutationField("retry", (t) =>
  t.field({
    type: ["ID"],
    nullable: { list: false, items: true },
    description:
      "Has messages handed out again after a while: each waits on the broker, and comes back to the end of its queue with `attempt` one higher. Where that would be more than `maxAttempts`, it is dead-lettered instead. One id for each id given, in order; one that is not known here, or no longer, is null and has its own error DELIVERY_UNKNOWN at its path, and the others are settled all the same. Further errors: BROKER_UNAVAILABLE, BROKER_BLOCKED, BUSY (not retried), CONFIRM_UNKNOWN (it may come back twice).",
    args: {
      deliveryIds: deliveryIds(t.arg),
      delayMs: t.arg.int({
        defaultValue: 1000,
        description:
          "How long it waits at least, in milliseconds; rounded up to one of a few delays, the longest of which is a day.",
      }),
    },
    // Each id has an error of its own (GraphQL specification, section 6.4.4, "Handling Execution Errors").
    resolve: (_root, { deliveryIds: ids, delayMs }, { deliveries, caller }) =>
      deliveries.retry(ids, { delayMs }, caller.id),
  }),
);
