import type { ConnectionStatus } from "../../broker/status.ts";
import { builder } from "../builder.ts";
import { ConnectionStateEnum } from "./connection-state.ts";

export const BrokerConnectionObject = builder
  .objectRef<ConnectionStatus>("BrokerConnection")
  .implement({
    description: "One of the gateway's connections to the broker.",
    fields: (t) => ({
      name: t.exposeString("name", { description: "What it is for, such as `publishing`." }),
      state: t.field({
        type: ConnectionStateEnum,
        description: "How it is.",
        resolve: (connection) => connection.state,
      }),
      since: t.expose("since", { type: "DateTime", description: "When it came to be so." }),
      reason: t.exposeString("reason", {
        nullable: true,
        description: "Why, where it is not connected.",
      }),
      opened: t.exposeInt("opened", {
        description: "How often it has been opened; every time but the first is a reconnect.",
      }),
    }),
  });
