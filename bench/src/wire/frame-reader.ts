/** RFC 6455 section 11.8. */
export const OPCODE = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const LAST_DATA_OPCODE = 2;

/** `payload` is there for control frames always, and for others while the reader `wantsPayload`. */
export type OnFrame = (opcode: number, length: number, payload: Buffer | undefined) => void;

/**
 * Walks the frames of one WebSocket (RFC 6455 section 5.2) by their headers. Without payloads wanted it
 * copies nothing and looks at nothing but headers; a frame is then told of when its header is there.
 */
export class FrameReader {
  wantsPayload = true;
  readonly #onFrame: OnFrame;
  /** The beginning of a frame whose rest is still to come. */
  #rest: Buffer | undefined;
  /** Bytes of a payload that are passed over. */
  #skip = 0;

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  /** All that was told of has been read to its end. */
  get atBoundary(): boolean {
    return this.#skip === 0 && this.#rest === undefined;
  }

  push(received: Buffer): void {
    let bytes = received;
    let at = 0;
    if (this.#skip > 0) {
      at = Math.min(this.#skip, bytes.length);
      this.#skip -= at;
    }
    if (this.#rest) {
      bytes = Buffer.concat([this.#rest, bytes]);
      this.#rest = undefined;
    }
    while (at < bytes.length) {
      const next = this.#frame(bytes, at);
      if (next === at) break;
      at = next;
    }
    // The memory read into belongs to the caller.
    if (at < bytes.length) this.#rest = Buffer.from(bytes.subarray(at));
    else this.#skip += at - bytes.length;
  }

  /** Where the frame at `at` ends, or `at` where too little of it is there. */
  #frame(bytes: Buffer, at: number): number {
    const there = bytes.length - at;
    if (there < 2) return at;
    const second = bytes[at + 1] ?? 0;
    const short = second & 0x7f;
    const masked = second > 0x7f;
    const head = (short === 126 ? 4 : short === 127 ? 10 : 2) + (masked ? 4 : 0);
    if (there < head) return at;
    const length =
      short < 126
        ? short
        : short === 126
          ? bytes.readUInt16BE(at + 2)
          : Number(bytes.readBigUInt64BE(at + 2));
    const opcode = (bytes[at] ?? 0) & 0x0f;
    const start = at + head;
    const end = start + length;
    if (!this.wantsPayload && opcode <= LAST_DATA_OPCODE) {
      this.#onFrame(opcode, length, undefined);
      return end;
    }
    if (end > bytes.length) return at;
    const payload = bytes.subarray(start, end);
    if (masked) unmask(payload, bytes.subarray(start - 4, start));
    this.#onFrame(opcode, length, payload);
    return end;
  }
}

function unmask(payload: Buffer, mask: Buffer): void {
  for (let place = 0; place < payload.length; place++)
    payload[place] = (payload[place] ?? 0) ^ (mask[place & 3] ?? 0);
}
