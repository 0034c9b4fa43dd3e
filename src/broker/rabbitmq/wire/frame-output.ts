import type { Writable } from "node:stream";

/** Bytes of a new piece of memory: some hundred small messages. */
const PIECE_BYTES = 64 * 1024;

/** So much is not kept back for the end of the turn. */
const FLUSH_AT_BYTES = 256 * 1024;

/**
 * What a connection sends, written to the socket once a turn of the event loop. Frames are encoded
 * into `piece` from `at` on, after `room` has said that they fit; what moved `at` is sent.
 */
export class FrameOutput {
  /** Where in `piece` the next byte goes. */
  at = 0;
  /** So much waits for the socket that no more should be given to it, until it has drained. */
  congested = false;
  /** Something was written since this was last set to false. */
  wrote = false;
  readonly #socket: Writable;
  readonly #congestedAtBytes: number;
  #piece: Buffer = Buffer.allocUnsafeSlow(PIECE_BYTES);
  /** Where in `piece` begins what has not been written. */
  #from = 0;
  /** What comes before that, in order. */
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  #scheduled = false;

  /** `congestedAtBytes` may wait for the socket before it is `congested`. */
  constructor(socket: Writable, congestedAtBytes: number) {
    this.#socket = socket;
    this.#congestedAtBytes = congestedAtBytes;
  }

  /** Memory with room for so many bytes from `at` on. */
  room(bytes: number): Buffer {
    if (this.at + bytes > this.#piece.length) {
      this.#endPart();
      this.#piece = Buffer.allocUnsafeSlow(Math.max(PIECE_BYTES, bytes));
      this.#from = this.at = 0;
    }
    return this.#piece;
  }

  /** Sends these bytes next, without a copy: they must not change until they are written. */
  append(bytes: Uint8Array): void {
    this.#endPart();
    this.#parts.push(bytes);
    this.#partBytes += bytes.length;
  }

  /** Everything so far is written at the end of this turn at the latest. */
  schedule(): void {
    if (this.#partBytes + this.at - this.#from >= FLUSH_AT_BYTES) this.flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(this.#flushScheduled);
    }
  }

  flush(): void {
    this.#endPart();
    if (this.#parts.length === 0 || !this.#socket.writable) return;
    this.wrote = true;
    this.#write(this.#parts);
    this.#parts = [];
    this.#partBytes = 0;
    // What the kernel has taken is no longer read from here, so its memory can be used again.
    if (this.#socket.writableLength === 0) this.#from = this.at = 0;
    else if (this.#socket.writableLength >= this.#congestedAtBytes) this.congested = true;
  }

  readonly #flushScheduled = () => {
    this.#scheduled = false;
    this.flush();
  };

  #write(parts: readonly Uint8Array[]): void {
    if (parts.length > 1) this.#socket.cork();
    for (const part of parts) this.#socket.write(part);
    if (parts.length > 1) this.#socket.uncork();
  }

  #endPart(): void {
    if (this.at === this.#from) return;
    this.#parts.push(this.#piece.subarray(this.#from, this.at));
    this.#partBytes += this.at - this.#from;
    this.#from = this.at;
  }
}
