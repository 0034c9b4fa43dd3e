import { builder } from "../builder.ts";
import { BrokerObject } from "../types/broker.ts";

builder.queryField("broker", (t) =>
  t.field({
    type: BrokerObject,
    description: "The broker behind the gateway, and how the connection to it is.",
    resolve: (_root, _args, { broker }) => broker.status,
  }),
);
