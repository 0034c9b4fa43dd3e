import { builder } from "../builder.ts";
import { exchangeSources } from "../exchange-source.ts";
import { ExchangeObject } from "../types/exchange.ts";

builder.queryField("exchanges", (t) =>
  t.field({
    type: [ExchangeObject],
    description:
      "Every exchange, sorted by name, the broker's own included. Errors: NOT_SUPPORTED (RabbitMQ's management API cannot be asked: the message says what to set), LIMIT_EXCEEDED (more than 10,000).",
    resolve: async (_root, _args, { broker }) =>
      exchangeSources(await broker.readExchanges(), broker),
  }),
);
