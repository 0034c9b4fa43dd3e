import type { AckMode } from "../../work/delivery.ts";
import { builder } from "../builder.ts";

const ACK_MODE_VALUES = {
  MANUAL: {
    value: "manual",
    description: "When it is settled by its id: with `ack`, `nack` or `retry`.",
  },
  AUTO: {
    value: "auto",
    description:
      "When the client has shown that it received it: over a WebSocket by answering a ping that follows it, over SSE, which is weaker, by its bytes having left the gateway.",
  },
} as const satisfies Record<Uppercase<AckMode>, { value: AckMode; description: string }>;

export const AckModeEnum = builder.enumType("AckMode", {
  description: "When a delivery is done with.",
  values: ACK_MODE_VALUES,
});
