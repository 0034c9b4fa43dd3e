/** How a delivery can end. */
export const DELIVERY_ENDS = [
  "acked",
  "requeued",
  "rejected",
  /** A copy of it comes back later. */
  "retried",
  /** Off its queue: it had been handed out as often as it may be. */
  "exhausted",
  /** Back to its queue: it was held for too long. */
  "lease-expired",
  /** Back to its queue: its subscription or its channel has ended. */
  "returned",
] as const;
export type DeliveryEnd = (typeof DELIVERY_ENDS)[number];

/** Who counts deliveries. */
export interface WorkTally {
  /** `attempt` is above 1 where it has been handed out before. */
  handedOut(attempt: number): void;
  ended(how: DeliveryEnd): void;
}
