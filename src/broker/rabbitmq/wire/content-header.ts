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
import { writeShortString } from "./short-string.ts";

/** Bytes that flags and all properties but the headers take at most: eight of them are short strings. */
export const MOST_PROPERTY_BYTES = 2 + 9 * 256 + 2 + 8;

/**
 * Writes the flags and the properties of a message (AMQP 0-9-1 section 4.2.6.1 and 1.8.1) at `at`, and
 * returns where they end. `headers` is an encoded table, or undefined where there are none.
 */
export function writeProperties(
  bytes: Buffer,
  at: number,
  properties: MessageProperties,
  headers: Uint8Array | undefined,
): number {
  const { contentType, contentEncoding, priority, correlationId, replyTo } = properties;
  const { expirationMs, messageId, timestamp, type, userId, appId } = properties;
  let flags = HAS_DELIVERY_MODE;
  let next = at + 2;
  if (contentType !== undefined) {
    flags |= HAS_CONTENT_TYPE;
    next = writeShortString(bytes, next, contentType);
  }
  if (contentEncoding !== undefined) {
    flags |= HAS_CONTENT_ENCODING;
    next = writeShortString(bytes, next, contentEncoding);
  }
  if (headers !== undefined) {
    flags |= HAS_HEADERS;
    bytes.set(headers, next);
    next += headers.length;
  }
  bytes[next++] = properties.persistent ? 2 : 1;
  if (priority !== undefined) {
    flags |= HAS_PRIORITY;
    bytes[next++] = priority;
  }
  if (correlationId !== undefined) {
    flags |= HAS_CORRELATION_ID;
    next = writeShortString(bytes, next, correlationId);
  }
  if (replyTo !== undefined) {
    flags |= HAS_REPLY_TO;
    next = writeShortString(bytes, next, replyTo);
  }
  if (expirationMs !== undefined) {
    flags |= HAS_EXPIRATION;
    next = writeShortString(bytes, next, String(expirationMs));
  }
  if (messageId !== undefined) {
    flags |= HAS_MESSAGE_ID;
    next = writeShortString(bytes, next, messageId);
  }
  if (timestamp !== undefined) {
    flags |= HAS_TIMESTAMP;
    next = writeSeconds(bytes, next, Math.floor(timestamp.getTime() / 1000));
  }
  if (type !== undefined) {
    flags |= HAS_TYPE;
    next = writeShortString(bytes, next, type);
  }
  if (userId !== undefined) {
    flags |= HAS_USER_ID;
    next = writeShortString(bytes, next, userId);
  }
  if (appId !== undefined) {
    flags |= HAS_APP_ID;
    next = writeShortString(bytes, next, appId);
  }
  bytes[at] = flags >>> 8;
  bytes[at + 1] = flags & 0xff;
  return next;
}

/** 64 bits, of which those above 53 are never used. */
function writeSeconds(bytes: Buffer, at: number, seconds: number): number {
  const high = Math.floor(seconds / 0x1_0000_0000);
  return bytes.writeUInt32BE(seconds >>> 0, bytes.writeUInt32BE(high, at));
}
