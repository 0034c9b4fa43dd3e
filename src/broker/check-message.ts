import { CodedError } from "../errors.ts";
import { checkCopies, checkDeaths, checkFieldTable, checkOwnHeaders } from "./check-headers.ts";
import { checkName, checkShortString } from "./check-short-string.ts";
import { NO_FIELDS, type FieldTable } from "./field-table.ts";
import type { BrokerLimits } from "./limits.ts";
import type { OutgoingMessage } from "./message.ts";
import { checkReplyTo } from "./reply-to.ts";

/** RabbitMQ's largest expiration, in milliseconds (`MAX_EXPIRY_TIMER`). */
const MAX_EXPIRATION_MS = 4_294_967_295;

/** Properties that are short strings in AMQP 0-9-1 (section 1.8.1). */
const SHORT_STRING_PROPERTIES = (
  [
    "contentType",
    "contentEncoding",
    "correlationId",
    "replyTo",
    "messageId",
    "type",
    "userId",
    "appId",
  ] as const
).map((name) => ({ name, path: `properties.${name}` }));

/**
 * Everything about a message that the broker would answer by closing the channel, or that would end a queue's process
 * later, found before it is sent. `user` is whom publishes are made as.
 */
export function checkMessage(message: OutgoingMessage, user: string, limits: BrokerLimits): void {
  checkName("exchange", message.exchange);
  checkShortString("routingKey", message.routingKey);
  if (message.body.length > limits.maxMessageBytes)
    throw new CodedError(
      "MESSAGE_TOO_LARGE",
      `The body has ${message.body.length} bytes; at most ${limits.maxMessageBytes} are taken`,
      { limit: "maxMessageBytes" },
    );
  if (message.headers !== NO_FIELDS) checkHeaders(message.headers, limits);
  checkReplyTo(message);
  checkProperties(message.properties, user);
}

function checkHeaders(headers: FieldTable, limits: BrokerLimits): void {
  checkFieldTable("headers", headers, limits);
  checkCopies(headers);
  checkDeaths(headers);
  checkOwnHeaders(headers);
}

function checkProperties(properties: OutgoingMessage["properties"], user: string): void {
  for (const { name, path } of SHORT_STRING_PROPERTIES) checkShortString(path, properties[name]);
  const { priority, expirationMs, timestamp, userId } = properties;
  if (priority !== undefined && !isWholeNumberUpTo(priority, 255))
    throw new CodedError(
      "BAD_USER_INPUT",
      `properties.priority is ${priority}; it must be from 0 to 255`,
    );
  if (expirationMs !== undefined && !isWholeNumberUpTo(expirationMs, MAX_EXPIRATION_MS))
    throw new CodedError(
      "BAD_USER_INPUT",
      `properties.expirationMs is ${expirationMs}; it must be from 0 to ${MAX_EXPIRATION_MS} milliseconds`,
    );
  if (timestamp !== undefined && !(timestamp.getTime() >= 0))
    throw new CodedError(
      "BAD_USER_INPUT",
      "properties.timestamp must not be before 1970-01-01T00:00:00Z",
    );
  if (userId !== undefined && userId !== user)
    throw new CodedError(
      "BAD_USER_INPUT",
      `properties.userId is ${JSON.stringify(userId)}; the broker takes only the user that the gateway is connected as: leave it out`,
    );
}

function isWholeNumberUpTo(value: number, largest: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= largest;
}
