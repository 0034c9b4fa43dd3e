import type { BrokerAccess } from "./broker-access.ts";
import type { Caller } from "./caller.ts";
import type { CurrentPolicy } from "./current-policy.ts";
import { GuardedBroker } from "./guarded-broker.ts";
import { GuardedDeadLetters, type DeadLettersAccess } from "./guarded-dead-letters.ts";
import { GuardedDeliveries, type DeliveriesAccess } from "./guarded-deliveries.ts";
import { GuardedFeeds, type FeedsAccess } from "./guarded-feeds.ts";
import { GuardedReplays, type ReplaysAccess } from "./guarded-replays.ts";
import { Permissions } from "./permissions.ts";
import { routingsOf } from "./routing-of.ts";

/** What can be done for callers. */
export interface Accessible {
  readonly broker: BrokerAccess;
  readonly feeds: FeedsAccess;
  readonly deadLetters: DeadLettersAccess;
  readonly deliveries: DeliveriesAccess;
  readonly replays: ReplaysAccess;
}

/** As much of it as one caller may have to do with, and what that is. */
export type Guarded = Accessible & { readonly permissions?: Permissions };

/** Of `parts` what each caller may have to do with. Without a policy: all of it, as it is. */
export function guardedBy(
  policies: CurrentPolicy | undefined,
  parts: Accessible,
): (caller: Caller) => Guarded {
  if (!policies) return () => parts;
  const routingOf = routingsOf(parts.broker);
  return (caller) => {
    const permissions = new Permissions(policies, caller, routingOf);
    return {
      permissions,
      broker: new GuardedBroker(parts.broker, permissions),
      feeds: new GuardedFeeds(parts.feeds, permissions),
      deadLetters: new GuardedDeadLetters(parts.deadLetters, permissions),
      deliveries: new GuardedDeliveries(parts.deliveries, permissions),
      replays: new GuardedReplays(parts.replays, permissions),
    };
  };
}
