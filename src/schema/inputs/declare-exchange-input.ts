import type { ExchangeSpec } from "../../broker/topology.ts";
import { builder } from "../builder.ts";
import { toFieldTable } from "../field-table-json.ts";
import { givenTwice } from "./given-twice.ts";
import { ExchangeTypeEnum } from "../types/exchange.ts";

export const DeclareExchangeInput = builder.inputType("DeclareExchangeInput", {
  description: "An exchange to be there.",
  fields: (t) => ({
    name: t.string({
      description:
        'Its name; at most 255 bytes. Names that begin with "amq." are the broker\'s own.',
    }),
    type: t.field({ type: ExchangeTypeEnum, description: "How it chooses where messages go." }),
    durable: t.boolean({ defaultValue: true, description: "It outlives a restart of the broker." }),
    autoDelete: t.boolean({
      defaultValue: false,
      description: "It goes when its last binding does.",
    }),
    internal: t.boolean({
      defaultValue: false,
      description: "It takes messages from other exchanges only.",
    }),
    alternateExchange: t.string({
      required: false,
      description:
        "Where messages go that it finds no queue for (RabbitMQ, “Alternate Exchanges”).",
    }),
    arguments: t.field({
      type: "JSONObject",
      required: false,
      description: "Further arguments, for broker plugins.",
    }),
  }),
});

/** As the broker takes it. */
export function exchangeSpec(given: typeof DeclareExchangeInput.$inferInput): ExchangeSpec {
  const exchangeArguments = toFieldTable("arguments", given.arguments);
  if (given.alternateExchange != null && "alternate-exchange" in exchangeArguments)
    throw givenTwice("alternateExchange", 'arguments["alternate-exchange"]');
  if (given.alternateExchange != null)
    exchangeArguments["alternate-exchange"] = given.alternateExchange;
  return {
    name: given.name,
    type: given.type,
    durable: given.durable ?? true,
    autoDelete: given.autoDelete ?? false,
    internal: given.internal ?? false,
    arguments: exchangeArguments,
  };
}
