import { builder } from "../builder.ts";
import { exchangeSource } from "../exchange-source.ts";
import { DeclareExchangeInput, exchangeSpec } from "../inputs/declare-exchange-input.ts";
import { ExchangeObject } from "../types/exchange.ts";

builder.mutationField("declareExchange", (t) =>
  t.field({
    type: ExchangeObject,
    description:
      "Declares an exchange, or finds it declared just so. Errors: PRECONDITION_FAILED (it is there, and declared otherwise), FORBIDDEN (a name of the broker's own).",
    args: {
      input: t.arg({ type: DeclareExchangeInput, description: "The exchange to be there." }),
    },
    resolve: async (_root, { input }, { broker }) => {
      const spec = exchangeSpec(input);
      await broker.declareExchange(spec);
      return exchangeSource({ ...spec, typeName: spec.type }, broker);
    },
  }),
);
