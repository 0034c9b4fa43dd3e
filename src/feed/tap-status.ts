import type { TapSpec } from "../broker/topology.ts";

export const TAP_STATES = [
  /** Nobody at it is live yet. */
  "opening",
  "live",
  /** Messages may be missed; the gap is told when it is live again. */
  "interrupted",
] as const;
export type TapState = (typeof TAP_STATES)[number];

/** A tap that somebody listens to, or is about to. */
export interface TapStatus {
  readonly spec: TapSpec;
  readonly state: TapState;
  /** When the state was entered. */
  readonly since: Date;
  /** Why it is interrupted. Shown to clients: no host, user or secret. */
  readonly reason?: string;
  /** Who is live at it, or is to be. */
  readonly subscribers: number;
}
