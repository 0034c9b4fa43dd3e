import { CodedError } from "../errors.ts";
import { fieldTable } from "./field-table.ts";
import type { IncomingMessage, OutgoingMessage } from "./message.ts";

/** Where a responder finds the correlation id that the caller gave: the property is the gateway's, to know the reply by. */
export const CORRELATION_HEADER = "x-gql-correlation-id";

/** What a request cannot be given. */
export function checkRequest(
  { properties }: OutgoingMessage,
  timeoutMs: number,
  maxTimeoutMs: number,
): void {
  if (properties.replyTo !== undefined)
    throw new CodedError(
      "BAD_USER_INPUT",
      `properties.replyTo is ${JSON.stringify(properties.replyTo)}; the reply to a request comes to the gateway: leave it out`,
    );
  if (timeoutMs < 1)
    throw new CodedError(
      "BAD_USER_INPUT",
      `timeoutMs is ${timeoutMs}; it must be from 1 to ${maxTimeoutMs} milliseconds`,
    );
  if (timeoutMs > maxTimeoutMs)
    throw new CodedError(
      "LIMIT_EXCEEDED",
      `timeoutMs is ${timeoutMs}; at most ${maxTimeoutMs} milliseconds are waited`,
      { limit: "requestMaxTimeoutMs" },
    );
}

/** The caller's correlation id, where there is one, as a header that the responder can read. */
export function withCorrelationHeader(message: OutgoingMessage): OutgoingMessage {
  const { correlationId } = message.properties;
  if (correlationId === undefined) return message;
  const headers = fieldTable({ ...message.headers, [CORRELATION_HEADER]: correlationId });
  return { ...message, headers };
}

/** The reply as the caller knows it: with the correlation id that it gave, where it gave one. */
export function withCorrelationId(
  reply: IncomingMessage,
  correlationId: string | undefined,
): IncomingMessage {
  if (correlationId === undefined) return reply;
  const { exchange, routingKey, body, headers, redelivered, receivedAt } = reply;
  return {
    exchange,
    routingKey,
    body,
    headers,
    redelivered,
    receivedAt,
    properties: { ...reply.properties, correlationId },
    get text() {
      return reply.text;
    },
    get json() {
      return reply.json;
    },
    get jsonText() {
      return reply.jsonText;
    },
  };
}
