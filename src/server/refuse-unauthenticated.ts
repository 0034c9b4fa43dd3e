import type { IncomingMessage, ServerResponse } from "node:http";
import type { Unauthenticated } from "../access/unauthenticated.ts";
import { answerTypeFor } from "./json-lane.ts";
import { readableByPage } from "./readable-by-page.ts";

/** After how long a client may ask again what could not be checked now, in seconds. */
const RETRY_AFTER = 5;

/**
 * Answers 401 with a challenge (RFC 6750 section 3), or 503 where it cannot be told now whether the credentials
 * are good; in GraphQL's form either way. The connection is kept: the body, if there is one, is read and thrown away.
 */
export function refuseUnauthenticated(
  { refusal, message, code }: Unauthenticated,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const isRefused = refusal === "missing" || refusal === "invalid";
  const text = JSON.stringify({ errors: [{ message, extensions: { code } }] });
  response.writeHead(isRefused ? 401 : 503, {
    [isRefused ? "www-authenticate" : "retry-after"]: isRefused
      ? challenge(refusal, message)
      : RETRY_AFTER,
    ...readableByPage(request, "WWW-Authenticate"),
    "content-type": answerTypeFor(request.headers.accept),
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
  });
  response.end(text);
}

function challenge(refusal: "missing" | "invalid", message: string): string {
  if (refusal === "missing") return 'Bearer realm="rabbitql"';
  // A quoted string of RFC 6750's own set of characters: no quotes, no backslashes.
  const description = message.replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, "'");
  return `Bearer realm="rabbitql", error="invalid_token", error_description="${description}"`;
}
