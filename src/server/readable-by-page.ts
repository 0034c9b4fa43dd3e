import type { IncomingMessage } from "node:http";
import { isCrossOrigin } from "./origin.ts";

/**
 * Headers with which a page of another host that may use the gateway can read a refusal (Fetch, "CORS protocol"), and
 * those of its headers that are `exposed`. For what comes after pages that may not were refused.
 */
export function readableByPage(
  request: IncomingMessage,
  exposed?: string,
): Readonly<Record<string, string>> {
  const { origin } = request.headers;
  if (origin === undefined || !isCrossOrigin(request)) return {};
  return {
    "access-control-allow-origin": origin,
    ...(exposed !== undefined && { "access-control-expose-headers": exposed }),
    vary: "Origin",
  };
}
