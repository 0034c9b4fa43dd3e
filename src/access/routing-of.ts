import { LRUCache } from "lru-cache";
import { CodedError } from "../errors.ts";
import type { BrokerAccess } from "./broker-access.ts";
import type { RoutingOf } from "./permissions.ts";
import type { Routing } from "./policy/rights.ts";

const ROUTINGS = {
  direct: "keys",
  topic: "keys",
  headers: "headers",
  fanout: "neither",
} as const;

/** An exchange is what it is until it is deleted: thousands who come at once are one question. */
const KEPT_MS = 2_000;
const EXCHANGES_KEPT = 1_000;

/**
 * Asks the broker what makes an exchange choose. Undefined where there is no such exchange, and where the
 * broker's management API cannot be asked: then the policy's word is all that there is.
 */
export function routingsOf(broker: Pick<BrokerAccess, "readExchange">): RoutingOf {
  const known = new LRUCache<string, Promise<Routing | undefined>>({
    max: EXCHANGES_KEPT,
    ttl: KEPT_MS,
  });
  return (exchange) => {
    const asked = known.get(exchange) ?? routingOf(exchange, broker);
    known.set(exchange, asked, { noUpdateTTL: true });
    asked.catch(() => known.delete(exchange));
    return asked;
  };
}

async function routingOf(
  exchange: string,
  broker: Pick<BrokerAccess, "readExchange">,
): Promise<Routing | undefined> {
  try {
    const found = await broker.readExchange(exchange);
    return found && (found.type ? ROUTINGS[found.type] : "neither");
  } catch (error) {
    if (error instanceof CodedError && error.code === "NOT_SUPPORTED") return undefined;
    throw error;
  }
}
