import type { Broker } from "../broker/broker.ts";
import type { Feeds } from "../feed/feeds.ts";

/** What resolvers work with: the same for every operation of a gateway. */
export interface GatewayContext {
  readonly broker: Broker;
  readonly feeds: Feeds;
  /** Items that one batch may hold. */
  readonly maxBatchSize: number;
}
