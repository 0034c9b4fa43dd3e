import { CodedError } from "../errors.ts";
import type { OutgoingMessage } from "./message.ts";

/** The pseudo-queue of RabbitMQ's "Direct Reply-to". Addresses for replies are this name, a dot and more. */
export const REPLY_TO = "amq.rabbitmq.reply-to";

/** It goes to whoever waits for the reply to a request, and to no queue. */
export function isReply({ exchange, routingKey }: OutgoingMessage): boolean {
  return exchange === "" && routingKey.startsWith(REPLY_TO);
}

/** What of direct reply-to is not for clients of the gateway. */
export function checkReplyTo({ exchange, headers, properties }: OutgoingMessage): void {
  if (properties.replyTo === REPLY_TO)
    throw new CodedError(
      "NOT_SUPPORTED",
      `properties.replyTo is "${REPLY_TO}", which is for AMQP channels; use \`request\`, or name a queue`,
    );
  if (exchange !== "") return;
  const copies = [headers["CC"], headers["BCC"]].flatMap((keys) => keys ?? []);
  if (copies.some((key) => typeof key === "string" && key.startsWith(REPLY_TO)))
    throw new CodedError(
      "NOT_SUPPORTED",
      `headers.CC or headers.BCC names an address that begins with "${REPLY_TO}"; publish to it, as the routing key`,
    );
}
