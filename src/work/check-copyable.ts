import type { IncomingMessage } from "../broker/message.ts";
import { CodedError } from "../errors.ts";

/**
 * A copy of a message has all of it, or there is none.
 * @throws {CodedError} NOT_SUPPORTED where a part of it cannot be read.
 */
export function checkCopyable({ hasUnreadableHeaders }: IncomingMessage): void {
  if (hasUnreadableHeaders)
    throw new CodedError(
      "NOT_SUPPORTED",
      "The message's headers cannot be read, and a copy of it would lack them; ack it, or nack it without requeue, which keeps them",
    );
}
