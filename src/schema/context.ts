import type { BrokerAccess } from "../access/broker-access.ts";
import type { Caller } from "../access/caller.ts";
import type { DeadLettersAccess } from "../access/guarded-dead-letters.ts";
import type { DeliveriesAccess } from "../access/guarded-deliveries.ts";
import type { FeedsAccess } from "../access/guarded-feeds.ts";
import type { ReplaysAccess } from "../access/guarded-replays.ts";
import type { Held } from "../access/hold.ts";
import type { Permissions } from "../access/permissions.ts";
import type { TapSpec } from "../broker/topology.ts";
import type { Receipts } from "../work/delivery.ts";

/** What resolvers work with. */
export interface GatewayContext {
  /** Who is asking. */
  readonly caller: Caller;
  /** What the caller may do; left out where there is no policy, and everybody may do everything. */
  readonly permissions?: Permissions;
  /** This and the others are guarded where there is a policy: a resolver cannot reach past it. */
  readonly broker: BrokerAccess;
  readonly feeds: FeedsAccess;
  readonly deadLetters: DeadLettersAccess;
  readonly deliveries: DeliveriesAccess;
  /** What a subscription that is not made through `feeds` needs; left out where it needs nothing. */
  readonly admitToTap?: (spec: TapSpec) => Promise<Held>;
  readonly replays: ReplaysAccess;
  /** How the connection of one operation shows what has arrived; undefined where it does not. */
  readonly receipts?: Receipts;
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
