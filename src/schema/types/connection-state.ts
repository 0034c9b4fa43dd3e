import type { ConnectionState } from "../../broker/status.ts";
import { builder } from "../builder.ts";

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

export const ConnectionStateEnum = builder.enumType("ConnectionState", {
  description: "How the gateway's connection to the broker is.",
  values: CONNECTION_STATE_VALUES,
});
