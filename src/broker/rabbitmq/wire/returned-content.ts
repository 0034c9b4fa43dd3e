import {
  BASIC_CLASS,
  HAS_CONTENT_ENCODING,
  HAS_CONTENT_TYPE,
  HAS_CORRELATION_ID,
  HAS_DELIVERY_MODE,
  HAS_EXPIRATION,
  HAS_HEADERS,
  HAS_MESSAGE_ID,
  HAS_PRIORITY,
  HAS_REPLY_TO,
  UNEXPECTED_FRAME,
} from "./amqp-constants.ts";
import { ProtocolError } from "./wire-errors.ts";
import { WireReader } from "./wire-reader.ts";

/** The short strings between the headers and the message id, but for delivery mode and priority. */
const STRINGS_BEFORE_ID = [HAS_CORRELATION_ID, HAS_REPLY_TO, HAS_EXPIRATION];

/**
 * The content that follows a `basic.return`: a header and as many bytes of body as it says
 * (AMQP 0-9-1 section 4.2.6). Only the message id is read of it.
 */
export class ReturnedContent {
  #awaitsHeader = false;
  #bodyBytes = 0;

  /** Between methods: no content is on its way. */
  get complete(): boolean {
    return !this.#awaitsHeader && this.#bodyBytes === 0;
  }

  begin(): void {
    this.#awaitsHeader = true;
  }

  /** The message id, where it has one. */
  header(fields: WireReader): string | undefined {
    if (!this.#awaitsHeader) throw unexpected("header");
    this.#awaitsHeader = false;
    if (fields.short() !== BASIC_CLASS) throw unexpected("header of another class");
    fields.short();
    this.#bodyBytes = fields.longLong();
    return messageId(fields);
  }

  body(bytes: number): void {
    if (this.#awaitsHeader || bytes > this.#bodyBytes) throw unexpected("body");
    this.#bodyBytes -= bytes;
  }
}

function messageId(fields: WireReader): string | undefined {
  const flags = fields.short();
  if ((flags & HAS_MESSAGE_ID) === 0) return undefined;
  if (flags & HAS_CONTENT_TYPE) fields.bytes(fields.octet());
  if (flags & HAS_CONTENT_ENCODING) fields.bytes(fields.octet());
  if (flags & HAS_HEADERS) fields.bytes(fields.long());
  if (flags & HAS_DELIVERY_MODE) fields.octet();
  if (flags & HAS_PRIORITY) fields.octet();
  for (const flag of STRINGS_BEFORE_ID) if (flags & flag) fields.bytes(fields.octet());
  return fields.shortString();
}

function unexpected(what: string): ProtocolError {
  return new ProtocolError(`A ${what} that belongs to no message`, UNEXPECTED_FRAME);
}
