import { builder } from "../builder.ts";
import { deliveryIds } from "../inputs/delivery-ids.ts";

builder.mutationField("nack", (t) =>
  t.field({
    type: ["ID"],
    nullable: { list: false, items: true },
    description:
      "Says that deliveries could not be done: off their queue, to its dead-letter exchange where it has one, or with `requeue` back to their place in it. One id for each id given, in order; one that is not known here, or no longer, is null and has its own error DELIVERY_UNKNOWN at its path, and the others are settled all the same.",
    args: {
      deliveryIds: deliveryIds(t.arg),
      requeue: t.arg.boolean({
        defaultValue: false,
        description: "Back to the queue, to be handed out again at once.",
      }),
    },
    // Each id has an error of its own (GraphQL specification, section 6.4.4, "Handling Execution Errors").
    resolve: (_root, { deliveryIds: ids, requeue }, { deliveries, caller }) =>
      deliveries.nack(ids, { requeue }, caller.id),
  }),
);
