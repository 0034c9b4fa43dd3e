import type { IncomingMessage, ServerResponse } from "node:http";
import type { TooSoon } from "./limits/caller-limits.ts";
import { answerTypeFor } from "./json-lane.ts";
import { readableByPage } from "./readable-by-page.ts";

/** Answers 429 (RFC 6585 section 4), with when to try again. The connection is kept. */
export function refuseTooSoon(
  { code, message, retryAfterMs }: TooSoon,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const text = JSON.stringify({ errors: [{ message, extensions: { code } }] });
  response.writeHead(429, {
    "retry-after": String(Math.ceil(retryAfterMs / 1000)),
    "content-type": answerTypeFor(request.headers.accept),
    "content-length": Buffer.byteLength(text),
    ...readableByPage(request, "Retry-After"),
  });
  response.end(text);
}
