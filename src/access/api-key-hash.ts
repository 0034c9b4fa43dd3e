import { createHash, randomBytes } from "node:crypto";

/** What every key begins with: it tells keys from tokens, and lets scanners for secrets find what was lost. */
export const API_KEY_PREFIX = "rql_";

/** Too many to guess, in bytes. A key is no password: nothing slower than SHA-256 is needed where nothing can be tried. */
const KEY_BYTES = 32;

/** What a key may be called. */
export const API_KEY_NAME = /^[\w.@:-]{1,128}$/;

/** A hash as it stands in a file. */
export const API_KEY_HASH = /^sha256:[0-9a-f]{64}$/;

export function newApiKey(): string {
  return API_KEY_PREFIX + randomBytes(KEY_BYTES).toString("base64url");
}

/** What is kept of a key: nothing that leads back to it. */
export function hashOfApiKey(key: string): string {
  return `sha256:${createHash("sha256").update(key).digest("hex")}`;
}
