import type { ArgBuilder } from "@pothos/core";
import { builder } from "../builder.ts";

/** The argument of mutations that settle deliveries. */
export function deliveryIds(t: ArgBuilder<typeof builder.$inferSchemaTypes>) {
  return t.idList({ description: "`Delivery.id` of each." });
}
