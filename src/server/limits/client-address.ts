import type { IncomingMessage } from "node:http";

/**
 * The address that a request comes from. With `trustedProxies` in front, each of which adds the address
 * that it was asked by to `X-Forwarded-For`, the one that the outermost of them has added: what stands
 * before it is the client's own word. Behind fewer proxies than that, the address of the connection.
 */
export function clientAddress(
  { headers, socket }: Pick<IncomingMessage, "headers" | "socket">,
  trustedProxies: number,
): string {
  const direct = socket.remoteAddress ?? "";
  if (trustedProxies === 0) return direct;
  const forwarded = headers["x-forwarded-for"];
  const addresses = (Array.isArray(forwarded) ? forwarded.join(",") : (forwarded ?? "")).split(",");
  return addresses.at(-trustedProxies)?.trim() || direct;
}
