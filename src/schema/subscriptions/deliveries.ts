import { builder } from "../builder.ts";
import { AckModeEnum } from "../types/ack-mode.ts";
import { DeliveryObject } from "../types/delivery.ts";

builder.subscriptionField("deliveries", (t) =>
  t.field({
    type: DeliveryObject,
    description:
      "Work from a queue that exists, shared with the queue's other consumers. What is not settled when the subscription ends, or within the lease, goes back to the queue. Errors: NOT_FOUND (no such queue, or it was deleted), RESOURCE_LOCKED, PRECONDITION_FAILED (a stream), BUSY, BROKER_UNAVAILABLE.",
    args: {
      queue: t.arg.string({ description: "The queue to take from." }),
      prefetch: t.arg.int({
        defaultValue: 20,
        description: "How many deliveries may be unsettled at a time.",
      }),
      ack: t.arg({
        type: AckModeEnum,
        defaultValue: "manual",
        description: "When a delivery is done with.",
      }),
      maxAttempts: t.arg.int({
        required: false,
        description:
          "How often a message is handed out at most; then it is dead-lettered. Left out: without end.",
      }),
    },
    subscribe: (_root, { queue, prefetch, ack, maxAttempts }, { deliveries, caller, receipts }) =>
      deliveries.subscribe({
        queue,
        prefetch,
        ack,
        maxAttempts: maxAttempts ?? undefined,
        receipts,
        callerId: caller.id,
      }),
    resolve: (delivery) => delivery,
  }),
);
