import type { AuthenticationRequest } from "./authenticate.ts";
import { Unauthenticated } from "./unauthenticated.ts";

/** RFC 6750 section 2.1. */
const BEARER = /^bearer +([\w.~+/-]+=*) *$/i;

/**
 * The token or API key that a client shows: in `connection_init`'s payload as `authorization` (in
 * whichever letters) or as `token`, or else in the `Authorization` header. Undefined where it shows nothing.
 * @throws {Unauthenticated} where what it shows is of no form known here.
 */
export function credentialIn({
  headers,
  connectionParams,
}: AuthenticationRequest): string | undefined {
  return credentialInPayload(connectionParams) ?? bearerIn(headers.authorization);
}

/** As {@link credentialIn}, of a payload alone. */
export function credentialInPayload(
  payload: Readonly<Record<string, unknown>> | undefined,
): string | undefined {
  for (const [name, value] of Object.entries(payload ?? {})) {
    const field = name.toLowerCase();
    if (field === "authorization") return bearerIn(value);
    if (field === "token" && value != null)
      return bearerIn(typeof value === "string" ? `Bearer ${value}` : value);
  }
  return undefined;
}

function bearerIn(authorization: unknown): string | undefined {
  if (authorization == null || authorization === "") return undefined;
  const [, credential] =
    typeof authorization === "string" ? (BEARER.exec(authorization) ?? []) : [];
  if (credential === undefined)
    throw new Unauthenticated(
      "invalid",
      'Credentials must be of the form "Bearer", a space, and the token or API key',
    );
  return credential;
}
