import { Writable } from "node:stream";
import {
  frameTemplate,
  idText,
  type FrameTemplate,
} from "../../../../src/server/fan-out/frame-batch.ts";
import type { Outlet } from "../../../../src/server/fan-out/outlet.ts";

/** A stream whose other end reads when a test says so; like a socket, it keeps the buffers that it was given. */
export class HeldStream extends Writable {
  readonly #read: Buffer[] = [];
  #isHeld = false;
  #waiting: (() => void) | undefined;

  /** Everything that was read, from the beginning. */
  get bytes(): Buffer {
    return Buffer.concat(this.#read);
  }

  hold(): void {
    this.#isHeld = true;
  }

  /** Reads on, everything that is there. */
  release(): void {
    this.#isHeld = false;
    this.#waiting?.();
  }

  override _write(chunk: Buffer, _encoding: string, taken: () => void): void {
    const read = () => {
      this.#waiting = undefined;
      // What the buffer holds by now, which is what would go over the wire.
      this.#read.push(Buffer.from(chunk));
      taken();
    };
    if (this.#isHeld) this.#waiting = read;
    else read();
  }
}

/** An operation with its own stream. */
export class HeldOutlet implements Outlet {
  readonly stream = new HeldStream();
  isOpen = true;
  isCurrent = true;
  cuts = 0;
  readonly templateKey: number;
  readonly slotText: Buffer;

  constructor(id: string) {
    this.slotText = idText(id);
    this.templateKey = this.slotText.length;
  }

  template(payloads: readonly string[]): FrameTemplate {
    return frameTemplate(payloads, this.slotText.length);
  }

  cut(): void {
    this.cuts++;
    this.isOpen = false;
  }

  /** The messages that were read. */
  get frames(): NextFrame[] {
    return textsOf(this.stream.bytes).map((text) => JSON.parse(text) as NextFrame);
  }
}

export interface NextFrame {
  readonly id: string;
  readonly type: string;
  readonly payload: { readonly data?: Readonly<Record<string, unknown>> };
}

/** The payloads of unmasked frames (RFC 6455 section 5.2). */
function textsOf(bytes: Buffer): string[] {
  const texts: string[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const short = bytes.readUInt8(offset + 1);
    const header = short < 126 ? 2 : short === 126 ? 4 : 10;
    const length =
      short < 126
        ? short
        : short === 126
          ? bytes.readUInt16BE(offset + 2)
          : Number(bytes.readBigUInt64BE(offset + 2));
    texts.push(bytes.toString("utf8", offset + header, offset + header + length));
    offset += header + length;
  }
  return texts;
}
