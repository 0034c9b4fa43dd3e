import type { Binding } from "../../broker/topology.ts";
import { builder } from "../builder.ts";
import { fieldTableJson } from "../field-table-json.ts";

export const DestinationTypeEnum = builder.enumType("DestinationType", {
  description: "What a binding leads to.",
  values: {
    QUEUE: { value: "queue", description: "Messages are put into a queue." },
    EXCHANGE: {
      value: "exchange",
      description: "Messages go on to another exchange, a RabbitMQ extension.",
    },
  } as const,
});

export const BindingType = builder.objectRef<Binding>("Binding").implement({
  description: "A way for messages from an exchange to a queue or to another exchange.",
  fields: (t) => ({
    source: t.exposeString("source", { description: "The exchange that messages come from." }),
    destination: t.exposeString("destination", {
      description: "The queue or exchange that they go to.",
    }),
    destinationType: t.field({
      type: DestinationTypeEnum,
      description: "Whether the destination is a queue or an exchange.",
      resolve: (binding) => binding.destinationType,
    }),
    routingKey: t.exposeString("routingKey", {
      description: "Compared with each message's routing key, as the exchange's type has it.",
    }),
    arguments: t.field({
      type: "JSONObject",
      description: "What a headers exchange compares, and whatever else the binding was made with.",
      resolve: (binding) => fieldTableJson(binding.arguments),
    }),
  }),
});
