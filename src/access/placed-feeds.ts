import type { BrokerStatus } from "../broker/status.ts";
import type { TapSpec } from "../broker/topology.ts";
import type { FeedEvent } from "../feed/feed-event.ts";
import type { TapStatus } from "../feed/tap-status.ts";
import type { Caller } from "./caller.ts";
import type { FeedsAccess } from "./guarded-feeds.ts";
import { untilOver } from "./until-over.ts";
import type { TapPlaces } from "./tap-places.ts";

/** The feeds, each subscription of a caller's counted. */
export class PlacedFeeds implements FeedsAccess {
  readonly #feeds: FeedsAccess;
  readonly #places: TapPlaces;
  readonly #caller: Caller;

  constructor(feeds: FeedsAccess, places: TapPlaces, caller: Caller) {
    this.#feeds = feeds;
    this.#places = places;
    this.#caller = caller;
  }

  get taps(): readonly TapStatus[] {
    return this.#feeds.taps;
  }

  async subscribe(spec: TapSpec): Promise<AsyncIterableIterator<FeedEvent>> {
    const leave = this.#places.take(this.#caller, spec);
    if (!leave) return await this.#feeds.subscribe(spec);
    try {
      return untilOver(await this.#feeds.subscribe(spec), leave);
    } catch (error) {
      leave();
      throw error;
    }
  }

  brokerStatuses(): AsyncIterableIterator<BrokerStatus> {
    return this.#feeds.brokerStatuses();
  }
}
