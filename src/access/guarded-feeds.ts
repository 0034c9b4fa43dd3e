import type { BrokerStatus } from "../broker/status.ts";
import type { TapSpec } from "../broker/topology.ts";
import type { FeedEvent } from "../feed/feed-event.ts";
import type { Feeds } from "../feed/feeds.ts";
import type { TapStatus } from "../feed/tap-status.ts";
import { whileHeld } from "./hold.ts";
import type { Permissions } from "./permissions.ts";

/** What of the feeds whoever acts for a caller can reach; each of it is guarded below. */
export type FeedsAccess = Pick<Feeds, "subscribe" | "brokerStatuses" | "taps">;

/** The feeds as far as one caller may listen to them. */
export class GuardedFeeds implements FeedsAccess {
  readonly #feeds: FeedsAccess;
  readonly #permissions: Permissions;

  constructor(feeds: FeedsAccess, permissions: Permissions) {
    this.#feeds = feeds;
    this.#permissions = permissions;
  }

  get taps(): readonly TapStatus[] {
    return this.#feeds.taps.filter(({ spec }) => this.#permissions.seesTap(spec));
  }

  async subscribe(spec: TapSpec): Promise<AsyncIterableIterator<FeedEvent>> {
    const hold = await this.#permissions.tap(spec);
    try {
      return whileHeld(await this.#feeds.subscribe(spec), hold);
    } catch (error) {
      hold.release();
      throw error;
    }
  }

  brokerStatuses(): AsyncIterableIterator<BrokerStatus> {
    const hold = this.#permissions.hold(() => this.#permissions.readBroker());
    return whileHeld(this.#feeds.brokerStatuses(), hold);
  }
}
