import { decodeJwt, jwtVerify, type JWTPayload } from "jose";
import type { Logger } from "../telemetry/logger.ts";
import type { Caller } from "./caller.ts";
import { keysOf, type IssuerKeys } from "./issuer-keys.ts";
import type { Issuer } from "./issuer.ts";
import { tokenRefusal } from "./token-refusal.ts";
import { Unauthenticated } from "./unauthenticated.ts";

/** What `typ` may say where it says anything: a token for access, and not one of a sign-out or of an event (RFC 8725 section 3.11). */
const TYPES: ReadonlySet<string> = new Set([
  "jwt",
  "application/jwt",
  "at+jwt",
  "application/at+jwt",
]);

export interface TokensOptions {
  readonly issuers: readonly Issuer[];
  /** How far an issuer's clock may be ahead of this one's, in seconds. */
  readonly clockToleranceSeconds: number;
  /** What was found of tokens before is out of date. */
  readonly onChange: () => void;
  readonly logger: Logger;
}

/** JSON Web Tokens (RFC 7519) of the issuers that are known, in the form that is signed (RFC 7515). */
export class Tokens {
  readonly #byIssuer: ReadonlyMap<string, { issuer: Issuer; keys: IssuerKeys }>;
  readonly #clockTolerance: number;

  /** @throws {Error} where the file of an issuer's key cannot be read, or holds none. */
  constructor({ issuers, clockToleranceSeconds, onChange, logger }: TokensOptions) {
    this.#clockTolerance = clockToleranceSeconds;
    this.#byIssuer = new Map(
      issuers.map((issuer) => [
        issuer.issuer,
        { issuer, keys: keysOf(issuer, { onChange, logger }) },
      ]),
    );
  }

  /** Whose the token is. @throws {Unauthenticated} where that cannot be told, with the reason in `cause`. */
  async caller(token: string): Promise<Caller> {
    try {
      return callerOf(await this.#verified(token));
    } catch (thrown) {
      throw tokenRefusal(thrown);
    }
  }

  close(): void {
    for (const { keys } of this.#byIssuer.values()) keys.close();
  }

  async #verified(token: string): Promise<JWTPayload> {
    const { iss } = decodeJwt(token);
    const known = iss === undefined ? undefined : this.#byIssuer.get(iss);
    if (!known)
      throw new Unauthenticated("invalid", "The token is of no issuer that is known here");
    const { issuer, keys } = known;
    const { payload, protectedHeader } = await jwtVerify(token, keys.key, {
      issuer: issuer.issuer,
      audience: [...issuer.audience],
      algorithms: [...issuer.algorithms],
      requiredClaims: ["iss", "aud", "exp", "sub"],
      clockTolerance: this.#clockTolerance,
    });
    const { typ } = protectedHeader;
    if (typ !== undefined && !TYPES.has(typ.toLowerCase()))
      throw new Unauthenticated("invalid", "The token is of a type that gives no access");
    return payload;
  }
}

/** The last moment that a Date can be (ECMA-262, "Time Values and Time Range"). */
const LAST_MOMENT_MS = 8.64e15;

function callerOf(claims: JWTPayload): Caller {
  const { iss, sub, exp } = claims;
  if (typeof sub !== "string" || sub === "" || exp === undefined)
    throw new Unauthenticated("invalid", "The token does not say whose it is: its sub is no text");
  const expiresAt = new Date(Math.min(exp * 1_000, LAST_MOMENT_MS));
  // What is tolerated of clocks is for what begins: an end is an end.
  if (expiresAt.getTime() <= Date.now())
    throw new Unauthenticated("invalid", "The token has expired");
  return Object.freeze({
    // JSON, so that no issuer and subject together read like another's.
    id: `token:${JSON.stringify([iss, sub])}`,
    kind: "token",
    claims: Object.freeze(claims),
    expiresAt,
  });
}
