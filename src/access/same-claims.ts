import { isDeepStrictEqual } from "node:util";
import type { Caller } from "./caller.ts";

/**
 * What is claimed of a token rather than of whoever shows it, and so is new in each: RFC 7519 section 4.1, OpenID
 * Connect Core sections 2 and 3.1.3.6, and what Microsoft Entra ID adds.
 */
const OF_THE_TOKEN: ReadonlySet<string> = new Set([
  "exp",
  "iat",
  "nbf",
  "jti",
  "auth_time",
  "nonce",
  "at_hash",
  "c_hash",
  "sid",
  "aio",
  "rh",
  "uti",
]);

/** Whether the same is claimed of both, so that what one may do the other may. */
export function claimTheSame(one: Caller, other: Caller): boolean {
  return isDeepStrictEqual(ofThemselves(one), ofThemselves(other));
}

function ofThemselves({ claims }: Caller): Record<string, unknown> {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !OF_THE_TOKEN.has(name)));
}
