import type { IncomingMessage } from "./message.ts";

/**
 * A message's place in a stream, and what the message there is known by. Streams have no identity that
 * AMQP 0-9-1 tells: whether one is still the same shows in the message that it has at a place.
 */
export interface StreamPoint {
  /** From 0, and more for each message; the broker's own entries have offsets too. */
  readonly offset: number;
  /** See `message-fingerprint.ts`. */
  readonly fingerprint: string;
  /** When the gateway received it: until then nothing was missed. */
  readonly receivedAt: Date;
}

/** The oldest message that is kept, the newest, or the next to be published. */
export const STREAM_POSITIONS = ["first", "last", "next"] as const;
export type StreamPosition = (typeof STREAM_POSITIONS)[number];

/** Where reading begins. */
export type StreamStart =
  | { readonly at: StreamPosition }
  /** The first message that is not older; see {@link BrokerAdapter.openStream} for how that is known. */
  | { readonly since: Date }
  /** The message after this one. */
  | { readonly after: StreamPoint };

export const STREAM_GAP_CAUSES = [
  /** What comes next is not kept any more. */
  "history-truncated",
  /** It is another stream of the same name, read from its beginning. */
  "history-replaced",
] as const;

/** A stretch of a stream that a reader has missed. */
export interface StreamGap {
  readonly cause: (typeof STREAM_GAP_CAUSES)[number];
  /** When the message before it was received. */
  readonly from: Date;
  /** When the message after it was received. */
  readonly until: Date;
}

export interface StreamEntry {
  readonly message: IncomingMessage;
  readonly offset: number;
  /** What was missed before it. */
  readonly gap?: StreamGap | undefined;
}

/** Reads a stream from a place on, and on into what is published from then on. */
export interface StreamReader {
  /**
   * The next message, when there is one; undefined after `close`. To ask for it is to have done with the
   * one before: what is not asked for is not read ahead of, beyond a bound. Rejects, once, with the reason
   * why there will be none: NOT_FOUND where the stream has been deleted, BROKER_UNAVAILABLE where the
   * adapter has been closed, or FORBIDDEN.
   */
  next(): Promise<StreamEntry | undefined>;
  /** Whoever waits in `next` is answered at once. Resolves when nothing of it is left. Idempotent; never rejects. */
  close(): Promise<void>;
}
