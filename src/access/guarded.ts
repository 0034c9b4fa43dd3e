import type { BrokerAccess } from "./broker-access.ts";
import type { Caller } from "./caller.ts";
import type { CurrentPolicy } from "./current-policy.ts";
import { GuardedBroker } from "./guarded-broker.ts";
import { GuardedFeeds, type FeedsAccess } from "./guarded-feeds.ts";
import { Permissions } from "./permissions.ts";

/** What can be done for callers. */
export interface Accessible {
  readonly broker: BrokerAccess;
  readonly feeds: FeedsAccess;
}

/** As much of `parts` as a caller may have to do with, and what that is. Without a policy: all of it. */
export function guarded(
  parts: Accessible,
  caller: Caller,
  policies: CurrentPolicy | undefined,
): Accessible & { readonly permissions?: Permissions } {
  if (!policies) return parts;
  const permissions = new Permissions(policies, caller, () => Promise.resolve(undefined));
  return {
    permissions,
    broker: new GuardedBroker(parts.broker, permissions),
    feeds: new GuardedFeeds(parts.feeds, permissions),
  };
}
