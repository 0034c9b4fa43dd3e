import { builder } from "../builder.ts";
import { exchangeSource } from "../exchange-source.ts";
import { ExchangeObject } from "../types/exchange.ts";

builder.queryField("exchange", (t) =>
  t.field({
    type: ExchangeObject,
    nullable: true,
    description:
      "The exchange of that name; null where there is none. Errors: NOT_SUPPORTED (RabbitMQ's management API cannot be asked: the message says what to set).",
    args: { name: t.arg.string({ description: 'Its name; "" is the default exchange.' }) },
    resolve: async (_root, { name }, { broker }) => {
      const found = await broker.readExchange(name);
      return found && exchangeSource(found, broker);
    },
  }),
);
