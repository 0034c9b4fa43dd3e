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
