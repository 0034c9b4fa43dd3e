import type { StoredMessage } from "../stored-message.ts";

/** A message in one queue, from when it came until it is settled. */
export interface QueuedMessage {
  readonly stored: StoredMessage;
  /** Its place among the messages of the queue: the older, the lower. It keeps it when it goes back. */
  readonly place: number;
  /** On the clock of `Date.now`; infinity where it may wait for ever. It keeps it when it goes back. */
  readonly expiresAt: number;
  /** Handed out before, and returned. */
  redelivered: boolean;
}
