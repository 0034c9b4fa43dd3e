import type { FrameTemplate } from "./frame-batch.ts";

/** Bytes of a 64-bit word. */
const WORD = 8;

/**
 * Texts of one length, each at its place, that are put into the slots of templates. They lie side by side, as words of
 * eight bytes, or byte by byte where they are shorter: to go to where each outlet keeps its own takes longer than to write it.
 */
export class SlotTexts {
  readonly #length: number;
  readonly #isShort: boolean;
  /** Words, or bytes, of a text. */
  readonly #each: number;
  /**
   * Words as doubles: DataView makes an object of no number of that kind. What is UTF-8 is never a NaN, of which not
   * every bit would be kept: its two highest bytes would have to be 0x7f or 0xff after one from 0xf0.
   */
  #values = new Float64Array(8);

  /** In bytes; the last word of a text is its last eight. */
  constructor(length: number) {
    this.#length = length;
    this.#isShort = length < WORD;
    this.#each = this.#isShort ? length : Math.ceil(length / WORD);
  }

  set(place: number, text: Buffer): void {
    const first = place * this.#each;
    if (first + this.#each > this.#values.length) this.#grow(first + this.#each);
    for (let part = 0; part < this.#each; part++)
      this.#values[first + part] = this.#isShort
        ? text.readUInt8(part)
        : text.readDoubleLE(this.#offsetOf(part));
  }

  /** Puts the text at `place` into every slot. */
  writeTo(place: number, { bytes, view, slots }: FrameTemplate): void {
    const first = place * this.#each;
    for (let part = 0; part < this.#each; part++) {
      const value = this.#values[first + part] ?? 0;
      if (this.#isShort) {
        for (const slot of slots) bytes[slot + part] = value;
        continue;
      }
      const offset = this.#offsetOf(part);
      for (const slot of slots) view.setFloat64(slot + offset, value, true);
    }
  }

  #offsetOf(word: number): number {
    return Math.min(word * WORD, this.#length - WORD);
  }

  #grow(least: number): void {
    const larger = new Float64Array(Math.max(least, 2 * this.#values.length));
    larger.set(this.#values);
    this.#values = larger;
  }
}
