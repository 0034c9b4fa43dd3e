import type { TapSpec } from "../broker/topology.ts";
import { admitToTap } from "./admit-to-tap.ts";
import type { Caller } from "./caller.ts";
import type { ConsumerPlaces } from "./consumer-places.ts";
import type { Guarded } from "./guarded.ts";
import type { Held } from "./hold.ts";
import { PlacedDeliveries } from "./placed-deliveries.ts";
import { PlacedFeeds } from "./placed-feeds.ts";
import type { TapPlaces } from "./tap-places.ts";

export interface Places {
  readonly places: TapPlaces;
  readonly consumers: ConsumerPlaces;
}

/** What a caller may have to do with, and as much of it at a time as it may have. */
export type Placed = Guarded & { readonly admitToTap?: (spec: TapSpec) => Promise<Held> };

/** `parts` with what a caller opens of them counted, where it is. */
export function placed(parts: Guarded, caller: Caller, { places, consumers }: Places): Placed {
  const { permissions } = parts;
  const isAdmitted = permissions !== undefined || places.areCountedFor(caller);
  return {
    ...parts,
    ...(isAdmitted && {
      feeds: new PlacedFeeds(parts.feeds, places, caller),
      admitToTap: (spec: TapSpec) => admitToTap(spec, caller, { permissions, places }),
    }),
    ...(consumers.areCountedFor(caller) && {
      deliveries: new PlacedDeliveries(parts.deliveries, consumers, caller),
      replays: {
        open: (stream, from) => consumers.with(caller, () => parts.replays.open(stream, from)),
      },
    }),
  };
}
