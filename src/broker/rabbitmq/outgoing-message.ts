import type { Options } from "amqplib";
import type { OutgoingMessage } from "../message.ts";
import { encodeFieldTable } from "./field-table-codec.ts";

/** A message as amqplib's `publish` takes it. Always `mandatory`, so that the broker says what it could not route. */
export function encodeOutgoing(message: OutgoingMessage): {
  content: Buffer;
  options: Options.Publish;
} {
  const { body, headers, properties } = message;
  const options = {
    mandatory: true,
    headers: encodeFieldTable(headers),
    persistent: properties.persistent,
    contentType: properties.contentType,
    contentEncoding: properties.contentEncoding,
    priority: properties.priority,
    correlationId: properties.correlationId,
    replyTo: properties.replyTo,
    expiration: properties.expirationMs,
    messageId: properties.messageId,
    timestamp: properties.timestamp && Math.floor(properties.timestamp.getTime() / 1000),
    type: properties.type,
    userId: properties.userId,
    appId: properties.appId,
  };
  return {
    content: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
    // What is undefined is left out: amqplib does so, and its types do not say it.
    options: options as Options.Publish,
  };
}
