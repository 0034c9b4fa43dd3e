import { SYNTAX_ERROR } from "./amqp-constants.ts";
import { ProtocolError } from "./wire-errors.ts";

/** Reads the fields of a method or a header, one after the other (AMQP 0-9-1 section 4.2.5). */
export class WireReader {
  readonly #bytes: Buffer;
  #at: number;
  readonly #end: number;

  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get ended(): boolean {
    return this.#at >= this.#end;
  }

  octet(): number {
    return this.#bytes.readUInt8(this.#pass(1));
  }

  short(): number {
    return this.#bytes.readUInt16BE(this.#pass(2));
  }

  long(): number {
    return this.#bytes.readUInt32BE(this.#pass(4));
  }

  /** Exact up to 2^53, which is more than any tag or size reaches. */
  longLong(): number {
    const high = this.long();
    return high * 0x1_0000_0000 + this.long();
  }

  shortString(): string {
    return this.#text(this.octet());
  }

  longString(): string {
    return this.#text(this.long());
  }

  skip(length: number): void {
    this.#pass(length);
  }

  /** The next bytes where they lie. */
  bytes(length: number): Buffer {
    const start = this.#pass(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** A reader of the next bytes alone. */
  part(length: number): WireReader {
    const start = this.#pass(length);
    return new WireReader(this.#bytes, start, start + length);
  }

  #text(length: number): string {
    const start = this.#pass(length);
    return this.#bytes.toString("utf8", start, start + length);
  }

  /** Moves over so many bytes, and returns where they begin. */
  #pass(length: number): number {
    const start = this.#at;
    if (start + length > this.#end)
      throw new ProtocolError("A frame ends before its fields do", SYNTAX_ERROR);
    this.#at = start + length;
    return start;
  }
}
