import { createPublicKey } from "node:crypto";
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";

/** RFC 7518 section 3.2: a secret is as long as what is made with it, in bytes. */
const SECRET_BYTES: Readonly<Record<string, number>> = { HS256: 32, HS384: 48, HS512: 64 };

/**
 * The key in a file: a public key or a certificate (PEM), or a JWK Set, which has a key for each `kid`.
 * @throws {Error} that says what is wrong, and holds nothing of the key.
 */
export function publicKeysIn(file: Buffer): JWTVerifyGetKey {
  const content = file.toString();
  if (content.includes("PRIVATE KEY"))
    throw new Error("holds a private key; whoever checks tokens needs only the public one");
  if (content.trimStart().startsWith("{")) return createLocalJWKSet(jwkSetIn(content));
  let key;
  try {
    key = createPublicKey(content);
  } catch {
    throw new Error("holds no public key or certificate (PEM), and no JWK Set (JSON)");
  }
  return () => Promise.resolve(key);
}

/** @throws {Error} where it is no JWK Set, or one with keys that are nobody else's to have. */
export function jwkSetIn(text: string): JSONWebKeySet {
  let set: unknown;
  try {
    set = JSON.parse(text);
  } catch {
    throw new Error("holds no JSON");
  }
  if (!isJwkSet(set)) throw new Error('holds no JWK Set: an object with a list of "keys"');
  if (set.keys.some((key) => key.kty === "oct" || "d" in key))
    throw new Error("holds a key that is secret; whoever checks tokens needs only the public ones");
  return set;
}

/** The secret in a file, without the line's end that editors put there. @throws {Error} where it is too short. */
export function secretIn(content: Buffer, algorithms: readonly string[]): Uint8Array {
  const secret = content.subarray(0, content.length - trailingBreak(content));
  const least = Math.max(...algorithms.map((algorithm) => SECRET_BYTES[algorithm] ?? 0));
  if (secret.length < least)
    throw new Error(
      `holds a secret of ${secret.length} bytes; ${algorithms.join(" and ")} need ${least} or more (RFC 7518 section 3.2)`,
    );
  return secret;
}

function trailingBreak(content: Buffer): number {
  if (content.at(-1) !== 0x0a) return 0;
  return content.at(-2) === 0x0d ? 2 : 1;
}

function isJwkSet(value: unknown): value is JSONWebKeySet {
  if (typeof value !== "object" || value === null || !("keys" in value)) return false;
  const { keys } = value;
  return (
    Array.isArray(keys) && keys.every((key: unknown) => typeof key === "object" && key !== null)
  );
}
