import type { IncomingMessage, ServerResponse } from "node:http";
import type { TooSoon } from "./limits/caller-limits.ts";
import { answerTypeFor } from "./json-lane.ts";

/** Answers 429 (RFC 6585 section 4), with when to try again. The connection is kept. */
export function refuseTooSoon(
  { code, message, retryAfterMs }: TooSoon,
  { headers }: IncomingMessage,
  response: ServerResponse,
): void {
  const text = JSON.stringify({ errors: [{ message, extensions: { code } }] });
  response.writeHead(429, {
    "retry-after": String(Math.ceil(retryAfterMs / 1000)),
    "content-type": answerTypeFor(headers.accept),
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}
