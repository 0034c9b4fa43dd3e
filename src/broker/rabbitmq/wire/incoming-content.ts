import { BASIC_CLASS, SYNTAX_ERROR, UNEXPECTED_FRAME } from "./amqp-constants.ts";
import { Delivery } from "./delivery.ts";
import { ProtocolError } from "./wire-errors.ts";

/** Of a content header before its property flags: the class, a weight, and the size of the body. */
const FIXED_HEADER_BYTES = 12;

const NO_BODY = Buffer.alloc(0);

/**
 * The content that follows a method: a header, and as many bytes of body as it says (AMQP 0-9-1 section
 * 4.2.6). It stays where it was read; only a body of several frames is put together in memory of its own.
 */
export class IncomingContent {
  #state: "none" | "awaits-header" | "awaits-body" = "none";
  #tag = 0;
  #redelivered = false;
  #method: Buffer = NO_BODY;
  #exchangeAt = 0;
  #namesEnd = 0;
  #header: Buffer = NO_BODY;
  #headerAt = 0;
  #headerEnd = 0;
  #bodyBytes = 0;
  #parts: Buffer[] = [];
  #partBytes = 0;

  /** Between methods: no content is on its way. */
  get complete(): boolean {
    return this.#state === "none";
  }

  /**
   * `basic.deliver` or `basic.get-ok` has come; at `tagAt` of it is the delivery tag, and after that a bit and names
   * (sections 1.8.3.9 and 1.8.3.11). Returns where the names end.
   */
  begin(method: Buffer, tagAt: number, end: number): number {
    const exchangeAt = tagAt + 9;
    if (exchangeAt >= end) throw cut();
    this.#tag = method.readUInt32BE(tagAt) * 0x1_0000_0000 + method.readUInt32BE(tagAt + 4);
    this.#redelivered = (method.readUInt8(tagAt + 8) & 1) === 1;
    return this.#names(method, exchangeAt, end);
  }

  /** `basic.return`: a code and its text are before the names (section 1.8.3.8). */
  beginReturned(method: Buffer, start: number, end: number): void {
    this.#tag = 0;
    this.#redelivered = false;
    this.#names(method, shortStringEnd(method, start + 2, end), end);
  }

  /** The message, where that was all of it; so does `body`. */
  header(bytes: Buffer, start: number, end: number): Delivery | undefined {
    if (this.#state !== "awaits-header") throw unexpected("header");
    const flagsAt = start + FIXED_HEADER_BYTES;
    if (flagsAt + 2 > end) throw cut();
    if (bytes.readUInt16BE(start) !== BASIC_CLASS) throw unexpected("header of another class");
    this.#header = bytes;
    this.#headerAt = flagsAt;
    this.#headerEnd = end;
    this.#bodyBytes = bytes.readUInt32BE(start + 4) * 0x1_0000_0000 + bytes.readUInt32BE(start + 8);
    this.#state = "awaits-body";
    return this.#bodyBytes === 0 ? this.#completed(NO_BODY, bytes) : undefined;
  }

  body(bytes: Buffer, start: number, end: number): Delivery | undefined {
    if (this.#state !== "awaits-body") throw unexpected("body");
    const part = bytes.subarray(start, end);
    if (part.length === this.#bodyBytes && this.#partBytes === 0)
      return this.#completed(part, bytes);
    this.#partBytes += part.length;
    if (this.#partBytes > this.#bodyBytes) throw unexpected("body");
    this.#parts.push(part);
    if (this.#partBytes < this.#bodyBytes) return undefined;
    const whole = Buffer.concat(this.#parts, this.#bodyBytes);
    this.#parts = [];
    this.#partBytes = 0;
    return this.#completed(whole, whole);
  }

  /** What has come so far is for nobody. */
  forget(): void {
    this.#state = "none";
    this.#method = this.#header = NO_BODY;
    this.#parts = [];
    this.#partBytes = 0;
  }

  /** Of an exchange and a routing key. */
  #names(method: Buffer, at: number, end: number): number {
    this.#method = method;
    this.#exchangeAt = at;
    this.#namesEnd = shortStringEnd(method, shortStringEnd(method, at, end), end);
    this.#state = "awaits-header";
    return this.#namesEnd;
  }

  /** `lastRead` is what the message keeps in memory: where not all of it lies there, the rest is copied. */
  #completed(body: Buffer, lastRead: Buffer): Delivery {
    this.#state = "none";
    if (this.#method !== lastRead || this.#header !== lastRead) this.#copy();
    const delivery = new Delivery(
      this.#tag,
      this.#redelivered,
      this.#method,
      this.#exchangeAt,
      this.#header,
      this.#headerAt,
      this.#headerEnd,
      body,
    );
    // A channel that is quiet keeps nothing of what was read.
    this.#method = this.#header = NO_BODY;
    return delivery;
  }

  #copy(): void {
    this.#method = Buffer.from(this.#method.subarray(this.#exchangeAt, this.#namesEnd));
    this.#exchangeAt = 0;
    this.#header = Buffer.from(this.#header.subarray(this.#headerAt, this.#headerEnd));
    this.#headerEnd -= this.#headerAt;
    this.#headerAt = 0;
  }
}

/** Throws where a short string at `at` goes beyond `end`. */
function shortStringEnd(bytes: Buffer, at: number, end: number): number {
  const next = at < end ? at + 1 + bytes.readUInt8(at) : Infinity;
  if (next > end) throw cut();
  return next;
}

function cut(): ProtocolError {
  return new ProtocolError("A frame ends before its fields do", SYNTAX_ERROR);
}

function unexpected(what: string): ProtocolError {
  return new ProtocolError(`A ${what} that belongs to no message`, UNEXPECTED_FRAME);
}
