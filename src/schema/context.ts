import type { Caller } from "../access/caller.ts";
import type { Broker } from "../broker/broker.ts";
import type { Feeds } from "../feed/feeds.ts";

/** What resolvers work with. */
export interface GatewayContext {
  /** Who is asking. */
  readonly caller: Caller;
  readonly broker: Broker;
  readonly feeds: Feeds;
  /** Items that one batch may hold. */
  readonly maxBatchSize: number;
}

/** The context of everything that a caller asks: one and the same for as long as the caller is. */
export type ContextFor = (caller: Caller) => GatewayContext;

/** Makes each caller's context when it first asks, and lets it go with the caller. */
export function keptContexts(make: ContextFor): ContextFor {
  const kept = new WeakMap<Caller, GatewayContext>();
  return (caller) => {
    const known = kept.get(caller);
    if (known) return known;
    const context = make(caller);
    kept.set(caller, context);
    return context;
  };
}
