import type { BrokerKind, BrokerStatus } from "../../broker/status.ts";
import { builder } from "../builder.ts";
import { BrokerConnectionObject } from "./broker-connection.ts";
import { BrokerTapObject } from "./broker-tap.ts";
import { ConnectionStateEnum } from "./connection-state.ts";

const BROKER_KIND_VALUES = {
  RABBITMQ: { value: "rabbitmq", description: "RabbitMQ, over AMQP 0-9-1." },
  EMBEDDED: {
    value: "embedded",
    description: "The broker inside the gateway; what it holds goes when the gateway stops.",
  },
} as const satisfies Record<Uppercase<BrokerKind>, { value: BrokerKind; description: string }>;

const BrokerKindEnum = builder.enumType("BrokerKind", {
  description: "Which broker stands behind the gateway.",
  values: BROKER_KIND_VALUES,
});

export const BrokerObject = builder.objectRef<BrokerStatus>("Broker").implement({
  description: "The broker behind the gateway, and how the connection to it is.",
  fields: (t) => ({
    kind: t.field({
      type: BrokerKindEnum,
      description: "Which broker it is.",
      resolve: (status) => status.kind,
    }),
    product: t.exposeString("product", {
      nullable: true,
      description: "Its own name, once it has been connected.",
    }),
    version: t.exposeString("version", {
      nullable: true,
      description: "Its version, once it has been connected.",
    }),
    virtualHost: t.exposeString("virtualHost", {
      description: "The virtual host that the gateway works in.",
    }),
    state: t.field({
      type: ConnectionStateEnum,
      description: "How the connection is.",
      resolve: (status) => status.state,
    }),
    since: t.expose("since", { type: "DateTime", description: "When it came to be so." }),
    reason: t.exposeString("reason", {
      nullable: true,
      description: "Why, where it is not connected.",
    }),
    connections: t.field({
      type: [BrokerConnectionObject],
      description:
        "Each connection to it, at the moment at which this is read; none to the embedded broker.",
      resolve: (_status, _args, { broker }) => broker.connections,
    }),
    taps: t.field({
      type: [BrokerTapObject],
      description:
        "What this gateway listens to, at the moment at which this is read, in the order in which it began.",
      resolve: (_status, _args, { feeds }) => feeds.taps,
    }),
  }),
});
