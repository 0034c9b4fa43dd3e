import { fieldTable, type FieldTable } from "../../field-table.ts";
import type { MessageProperties } from "../../message.ts";
import {
  HAS_APP_ID,
  HAS_CONTENT_ENCODING,
  HAS_CONTENT_TYPE,
  HAS_CORRELATION_ID,
  HAS_DELIVERY_MODE,
  HAS_EXPIRATION,
  HAS_HEADERS,
  HAS_MESSAGE_ID,
  HAS_PRIORITY,
  HAS_REPLY_TO,
  HAS_TIMESTAMP,
  HAS_TYPE,
  HAS_USER_ID,
} from "./amqp-constants.ts";
import { readFieldTable } from "./field-table-reader.ts";
import { ProtocolError } from "./wire-errors.ts";
import type { WireReader } from "./wire-reader.ts";

/**
 * The properties of a message but for its headers, from the flags on (AMQP 0-9-1 section 4.2.6.1 and
 * 1.8.1). They are a publisher's, so where they cannot be read, what comes before that is all there is.
 */
export function readProperties(from: WireReader): MessageProperties {
  const read: Writable<MessageProperties> = { persistent: false };
  try {
    readInto(read, from);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
  return read;
}

/** The headers alone, from the flags on; undefined where they cannot be read. */
export function readHeaders(from: WireReader): FieldTable | undefined {
  try {
    const flags = from.short();
    if ((flags & HAS_HEADERS) === 0) return fieldTable();
    if (flags & HAS_CONTENT_TYPE) from.skip(from.octet());
    if (flags & HAS_CONTENT_ENCODING) from.skip(from.octet());
    return readFieldTable(from);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return undefined;
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function readInto(read: Writable<MessageProperties>, from: WireReader): void {
  const flags = from.short();
  if (flags & HAS_CONTENT_TYPE) read.contentType = from.shortString();
  if (flags & HAS_CONTENT_ENCODING) read.contentEncoding = from.shortString();
  if (flags & HAS_HEADERS) from.skip(from.long());
  if (flags & HAS_DELIVERY_MODE) read.persistent = from.octet() === 2;
  if (flags & HAS_PRIORITY) read.priority = from.octet();
  if (flags & HAS_CORRELATION_ID) read.correlationId = from.shortString();
  if (flags & HAS_REPLY_TO) read.replyTo = from.shortString();
  if (flags & HAS_EXPIRATION) read.expirationMs = Number(from.shortString());
  if (flags & HAS_MESSAGE_ID) read.messageId = from.shortString();
  if (flags & HAS_TIMESTAMP) read.timestamp = dateOf(from.longLong());
  if (flags & HAS_TYPE) read.type = from.shortString();
  if (flags & HAS_USER_ID) read.userId = from.shortString();
  if (flags & HAS_APP_ID) read.appId = from.shortString();
}

/** Publishers that count in other units than AMQP's seconds may be beyond what RFC 3339 can write. */
function dateOf(seconds: number): Date | undefined {
  const date = new Date(seconds * 1000);
  return date.getUTCFullYear() <= 9999 ? date : undefined;
}
