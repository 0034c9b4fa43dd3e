/** Bytes of a 64-bit word. */
const WORD = 8;

/** Text that is put into many places of many messages, in words: eight bytes at a time. */
export class SlotText {
  readonly bytes: Buffer;
  /** The text eight bytes a word, the last of them the text's last eight; none where it is shorter. */
  readonly #words: readonly number[];

  constructor(text: string) {
    this.bytes = Buffer.from(text);
    this.#words = wordsOf(this.bytes);
  }

  get length(): number {
    return this.bytes.length;
  }

  /** Writes the text at each of `slots`. `view` is of the same memory as `bytes`. */
  writeTo(bytes: Buffer, view: DataView, slots: readonly number[]): void {
    const words = this.#words;
    if (words.length === 0) {
      for (const slot of slots) bytes.set(this.bytes, slot);
      return;
    }
    const last = this.bytes.length - WORD;
    for (const slot of slots) {
      let at = 0;
      for (const word of words) {
        view.setFloat64(slot + (at < last ? at : last), word, true);
        at += WORD;
      }
    }
  }
}

/**
 * As doubles: of the words that DataView has, those alone make no object each. What is UTF-8 is never a NaN, of which
 * not every bit would be kept: its two highest bytes would have to be 0x7f or 0xff after one from 0xf0.
 */
function wordsOf(bytes: Buffer): readonly number[] {
  if (bytes.length < WORD) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const last = bytes.length - WORD;
  return Array.from({ length: Math.ceil(bytes.length / WORD) }, (_, place) =>
    view.getFloat64(Math.min(place * WORD, last), true),
  );
}
