import { builder } from "../builder.ts";
import { BrokerObject } from "../types/broker.ts";

builder.subscriptionField("broker", (t) =>
  t.field({
    type: BrokerObject,
    description: "The broker and the connection to it: now, and again at every change.",
    subscribe: (_root, _args, { feeds }) => feeds.brokerStatuses(),
    resolve: (status) => status,
  }),
);
