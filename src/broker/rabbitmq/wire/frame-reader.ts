import { FRAME_END, FRAME_HEAD_BYTES, FRAME_OVERHEAD } from "./amqp-constants.ts";
import { ProtocolError } from "./wire-errors.ts";

/** Takes a frame whose payload is `bytes` from `start` to before `end`. They stay as they are: what is kept of them keeps them all. */
export type FrameListener = (
  type: number,
  channel: number,
  bytes: Buffer,
  start: number,
  end: number,
) => void;

/**
 * Finds the frames (AMQP 0-9-1 section 4.2.3) in what a socket reads, however it is cut. Whole frames
 * are told where they lie; only one that a cut goes through is put together in memory of its own.
 */
export class FrameReader {
  /** The longest payload that is taken, in bytes. */
  maxPayload: number;
  readonly #listener: FrameListener;
  /** The beginning of a frame, of which the end has not come. */
  #part: Buffer = Buffer.allocUnsafe(FRAME_HEAD_BYTES);
  #held = 0;

  constructor(maxPayload: number, listener: FrameListener) {
    this.maxPayload = maxPayload;
    this.#listener = listener;
  }

  /** Throws {@link ProtocolError} at what is no frame, and whatever the listener throws. */
  read(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      at = this.#held === 0 ? this.#wholeFrames(chunk, at) : at;
      at = this.#continue(chunk, at);
    }
  }

  /** Returns where the first frame begins that is not whole. */
  #wholeFrames(chunk: Buffer, from: number): number {
    let at = from;
    while (chunk.length - at >= FRAME_OVERHEAD) {
      const last = at + FRAME_HEAD_BYTES + this.#payloadSize(chunk, at);
      if (last >= chunk.length) break;
      this.#tell(chunk, at, last);
      at = last + 1;
    }
    return at;
  }

  #continue(chunk: Buffer, from: number): number {
    let at = this.#take(chunk, from, FRAME_HEAD_BYTES);
    if (this.#held < FRAME_HEAD_BYTES) return at;
    const size = FRAME_OVERHEAD + this.#payloadSize(this.#part, 0);
    at = this.#take(chunk, at, size);
    if (this.#held < size) return at;
    const frame = this.#part;
    this.#held = 0;
    this.#part = Buffer.allocUnsafe(FRAME_HEAD_BYTES);
    this.#tell(frame, 0, size - 1);
    return at;
  }

  /** Copies until `size` bytes are held. */
  #take(chunk: Buffer, from: number, size: number): number {
    if (this.#held >= size) return from;
    if (this.#part.length < size) {
      // A message may wait in it, which is not to keep others' memory.
      const part = Buffer.allocUnsafeSlow(size);
      this.#part.copy(part, 0, 0, this.#held);
      this.#part = part;
    }
    const copied = chunk.copy(this.#part, this.#held, from, from + size - this.#held);
    this.#held += copied;
    return from + copied;
  }

  #payloadSize(bytes: Buffer, at: number): number {
    const size = bytes.readUInt32BE(at + 3);
    if (size > this.maxPayload)
      throw new ProtocolError(`A frame of ${size} bytes; at most ${this.maxPayload} were agreed`);
    return size;
  }

  #tell(bytes: Buffer, at: number, last: number): void {
    if (bytes[last] !== FRAME_END) throw new ProtocolError("A frame without its end");
    const start = at + FRAME_HEAD_BYTES;
    this.#listener(bytes.readUInt8(at), bytes.readUInt16BE(at + 1), bytes, start, last);
  }
}
