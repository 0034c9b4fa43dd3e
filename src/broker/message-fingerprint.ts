import { createHash } from "node:crypto";
import type { IncomingMessage } from "./message.ts";

/** Of SHA-256; enough for no two messages of a stream's place to have the same by chance. */
export const FINGERPRINT_BYTES = 16;

/**
 * What a message in a stream is known by, in base64url: where it was published to, its id, its time and its body.
 * Without its headers: a newer RabbitMQ may show those of an old message otherwise. Two messages that
 * have no id and no time of their own, the same key and the same body, cannot be told apart.
 */
export function fingerprint({ exchange, routingKey, properties, body }: IncomingMessage): string {
  const { messageId, correlationId, timestamp } = properties;
  return createHash("sha256")
    .update(JSON.stringify([exchange, routingKey, messageId, correlationId, timestamp?.getTime()]))
    .update(body)
    .digest()
    .subarray(0, FINGERPRINT_BYTES)
    .toString("base64url");
}
