import type { TapGap } from "../broker/adapter.ts";
import type { IncomingMessage } from "../broker/message.ts";

/** A stretch in which messages may have been missed: on the way to the gateway, or on the way to a slow reader. */
export interface Gap {
  readonly cause: TapGap["cause"] | "slow-consumer";
  readonly from: Date;
  readonly until: Date;
  /** How many, where that is known. */
  readonly dropped?: number;
}

/** What a subscriber of a feed is told, in this order of time. */
export type FeedEvent =
  | { readonly kind: "live"; readonly since: Date }
  | { readonly kind: "message"; readonly message: IncomingMessage }
  | { readonly kind: "gap"; readonly gap: Gap };
