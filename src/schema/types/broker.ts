import type { BrokerKind, BrokerStatus, ConnectionState } from "../../broker/status.ts";
import { builder } from "../builder.ts";

const BROKER_KIND_VALUES = {
  RABBITMQ: { value: "rabbitmq", description: "RabbitMQ, over AMQP 0-9-1." },
  EMBEDDED: {
    value: "embedded",
    description: "The broker inside the gateway; what it holds goes when the gateway stops.",
  },
} as const satisfies Record<Uppercase<BrokerKind>, { value: BrokerKind; description: string }>;

const CONNECTION_STATE_VALUES = {
  CONNECTING: { value: "connecting", description: "Trying for the first time." },
  CONNECTED: { value: "connected", description: "Messages can be published and delivered." },
  BLOCKED: {
    value: "blocked",
    description: "The broker takes no messages: it is short of memory or disk space.",
  },
  DISCONNECTED: { value: "disconnected", description: "Not reachable; tried again until it is." },
  CLOSED: { value: "closed", description: "The gateway is stopping." },
} as const satisfies Record<
  Uppercase<ConnectionState>,
  { value: ConnectionState; description: string }
>;

const BrokerKindEnum = builder.enumType("BrokerKind", {
  description: "Which broker stands behind the gateway.",
  values: BROKER_KIND_VALUES,
});

const ConnectionStateEnum = builder.enumType("ConnectionState", {
  description: "How the gateway's connection to the broker is.",
  values: CONNECTION_STATE_VALUES,
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
  }),
});
