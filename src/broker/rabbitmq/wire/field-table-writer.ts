import {
  FieldDecimal,
  FieldDouble,
  FieldTimestamp,
  type FieldTable,
  type FieldValue,
} from "../../field-table.ts";
import { writeShortString } from "./short-string.ts";

/** The longest value but strings, byte arrays and tables, whose sizes are known: a tag and 8 bytes. */
const SCALAR_BYTES = 9;
/** A key with the byte of its length. */
const KEY_BYTES = 256;

/**
 * Encodes field tables (AMQP 0-9-1 section 4.2.5.5, with the tags of RabbitMQ's "AMQP 0-9-1 Errata"),
 * one after the other into the same memory.
 */
export class FieldTableWriter {
  #bytes: Buffer = Buffer.allocUnsafeSlow(4096);
  #at = 0;

  /** The table with its length in front, valid until the next call. Throws RangeError for a key above 255 bytes. */
  encode(table: FieldTable): Uint8Array {
    this.#at = 0;
    this.#table(table);
    return this.#bytes.subarray(0, this.#at);
  }

  #table(table: FieldTable): void {
    const start = this.#begin();
    for (const key of Object.keys(table)) {
      this.#room(KEY_BYTES);
      this.#at = writeShortString(this.#bytes, this.#at, key);
      this.#value(table[key] ?? null);
    }
    this.#end(start);
  }

  #value(value: FieldValue): void {
    this.#room(SCALAR_BYTES);
    switch (typeof value) {
      case "string":
        return this.#text(value);
      case "number":
        return this.#number(value);
      case "bigint":
        this.#tag("l");
        this.#at = this.#bytes.writeBigInt64BE(value, this.#at);
        return undefined;
      case "boolean":
        this.#tag("t");
        this.#at = this.#bytes.writeUInt8(value ? 1 : 0, this.#at);
        return undefined;
      default:
        return value === null ? this.#tag("V") : this.#object(value);
    }
  }

  #object(value: Exclude<FieldValue & object, null>): void {
    if (Array.isArray(value)) {
      this.#tag("A");
      const start = this.#begin();
      for (const item of value) this.#value(item);
      this.#end(start);
    } else if (value instanceof Uint8Array) {
      this.#tag("x");
      this.#room(4 + value.length);
      this.#at = this.#bytes.writeUInt32BE(value.length, this.#at);
      this.#bytes.set(value, this.#at);
      this.#at += value.length;
    } else if (value instanceof FieldTimestamp) {
      this.#tag("T");
      this.#at = this.#bytes.writeBigUInt64BE(BigInt(value.seconds), this.#at);
    } else if (value instanceof FieldDouble) {
      this.#double(value.value);
    } else if (value instanceof FieldDecimal) {
      this.#tag("D");
      this.#at = this.#bytes.writeUInt8(value.places, this.#at);
      this.#at = this.#bytes.writeUInt32BE(value.digits, this.#at);
    } else {
      this.#tag("F");
      this.#table(value);
    }
  }

  #text(text: string): void {
    const length = Buffer.byteLength(text);
    this.#tag("S");
    this.#room(4 + length);
    this.#at = this.#bytes.writeUInt32BE(length, this.#at);
    this.#at += this.#bytes.write(text, this.#at, length, "utf8");
  }

  /** An integer in the smallest of the four signed widths that holds it, as most clients do. */
  #number(value: number): void {
    if (!Number.isSafeInteger(value)) this.#double(value);
    else if (value >= -0x80 && value < 0x80) {
      this.#tag("b");
      this.#at = this.#bytes.writeInt8(value, this.#at);
    } else if (value >= -0x8000 && value < 0x8000) {
      this.#tag("s");
      this.#at = this.#bytes.writeInt16BE(value, this.#at);
    } else if (value >= -0x80000000 && value < 0x80000000) {
      this.#tag("I");
      this.#at = this.#bytes.writeInt32BE(value, this.#at);
    } else {
      this.#tag("l");
      this.#at = this.#bytes.writeBigInt64BE(BigInt(value), this.#at);
    }
  }

  #double(value: number): void {
    this.#tag("d");
    this.#at = this.#bytes.writeDoubleBE(value, this.#at);
  }

  #tag(tag: string): void {
    this.#bytes[this.#at++] = tag.charCodeAt(0);
  }

  /** Leaves room for a length, and returns where what it counts begins. */
  #begin(): number {
    this.#room(4);
    this.#at += 4;
    return this.#at;
  }

  #end(start: number): void {
    this.#bytes.writeUInt32BE(this.#at - start, start - 4);
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (this.#at + bytes));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}
