/** What happens to the bytes of one direction; the names are toxiproxy's. Several act together. */
export interface Toxics {
  /** Each byte arrives `ms` late, give or take `jitterMs`, in order. */
  readonly latency?: { readonly ms: number; readonly jitterMs?: number };
  /** No more than so many bytes pass in a second; the sender comes to feel it. */
  readonly bandwidth?: { readonly bytesPerSecond: number };
  /** Bytes pass in pieces of at most so many, each so long after the one before. */
  readonly slicer?: { readonly bytes: number; readonly delayMs?: number };
  /** The end of a connection arrives so late. */
  readonly slowClose?: { readonly ms: number };
  /** Bytes, and the end, are swallowed. A connection that has lost some never gets through again. */
  readonly blackhole?: boolean;
}

/** `up` is from who has dialled to the target, `down` is back. */
export type Direction = "up" | "down";
