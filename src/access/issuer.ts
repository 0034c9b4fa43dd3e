/** RFC 7518 section 3.1 and RFC 8037: what a secret signs with, and what a pair of keys does. `none` is neither. */
export const SECRET_ALGORITHMS = ["HS256", "HS384", "HS512"] as const;
export const KEY_ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
] as const;

/** Whose tokens are taken, and by what they are known to be its own. */
export interface Issuer {
  /** What its tokens have as `iss`. */
  readonly issuer: string;
  /** What its tokens are for: one of these must be in `aud`. */
  readonly audience: readonly string[];
  /** What they may be signed with, whatever they say themselves. */
  readonly algorithms: readonly string[];
  /** Exactly one of these. */
  readonly jwksUrl?: string | undefined;
  /** A public key or a certificate (PEM), or a JWK Set. */
  readonly keyFile?: string | undefined;
  readonly secretFile?: string | undefined;
}
