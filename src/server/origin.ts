import type { IncomingMessage } from "node:http";

/**
 * Whether the web page that a request comes from may use the gateway: a page of the gateway's own
 * host, or one of `allowed`. Only browsers send `Origin` (RFC 6454 section 7); a request without it
 * is no page's. Browsers let any page open a WebSocket to anywhere, so this is what keeps a page on
 * the internet from a gateway on somebody's own machine.
 */
export function isAllowedOrigin(request: IncomingMessage, allowed: readonly string[]): boolean {
  if (!isCrossOrigin(request) || allowed.includes("*")) return true;
  return allowed.includes(request.headers.origin ?? "");
}

/** Whether it comes from a page of another host than the gateway's own. */
export function isCrossOrigin({ headers }: IncomingMessage): boolean {
  const { origin, host } = headers;
  // A page's plain GET has no `Origin`, but says where it comes from (W3C, "Fetch Metadata").
  if (origin === undefined) return headers["sec-fetch-site"] === "cross-site";
  return !URL.canParse(origin) || new URL(origin).host !== host;
}
