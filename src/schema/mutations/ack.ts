import { builder } from "../builder.ts";
import { deliveryIds } from "../inputs/delivery-ids.ts";

builder.mutationField("ack", (t) =>
  t.field({
    type: ["ID"],
    nullable: { list: false, items: true },
    description:
      "Says that deliveries are done. One id for each id given, in order; one that is not known here, or no longer, is null and has its own error DELIVERY_UNKNOWN at its path, and the others are settled all the same.",
    args: {
      deliveryIds: deliveryIds(t.arg),
    },
    // Each id has an error of its own (GraphQL specification, section 6.4.4, "Handling Execution Errors").
    resolve: (_root, { deliveryIds: ids }, { deliveries, caller }) =>
      deliveries.ack(ids, caller.id),
  }),
);
