import type { ArgBuilder } from "@pothos/core";
import type { TapSpec } from "../../broker/topology.ts";
import { builder } from "../builder.ts";
import { headersMatch, HeadersMatchInput } from "./headers-match-input.ts";

export interface TapArguments {
  exchange: string;
  routingPatterns?: readonly string[] | null | undefined;
  headers?: typeof HeadersMatchInput.$inferInput | null | undefined;
}

/** The arguments of subscriptions to an exchange. */
export function tapArguments(t: ArgBuilder<typeof builder.$inferSchemaTypes>) {
  return {
    exchange: t.string({
      description: "The exchange to listen to. The default exchange cannot be.",
    }),
    routingPatterns: t.stringList({
      required: false,
      description:
        'Which routing keys: on a topic exchange patterns with `*` (one word) and `#` (any number of words), on a direct exchange whole keys. Left out: "#". A fanout exchange ignores them.',
    }),
    headers: t({
      type: HeadersMatchInput,
      required: false,
      description: "On a headers exchange: which headers. Other exchanges ignore it.",
    }),
  };
}

/** Every pattern once, in order, so that the same wish is the same tap. */
export function tapSpec({ exchange, routingPatterns, headers }: TapArguments): TapSpec {
  return {
    exchange,
    routingPatterns: [...new Set(routingPatterns ?? ["#"])].toSorted(),
    ...(headers ? { headers: headersMatch(headers) } : {}),
  };
}
