import { randomFillSync } from "node:crypto";

const BYTES = 16;
/** Asking the system for randomness costs more than using it: so many bytes are fetched at once. */
const pool = Buffer.alloc(256 * BYTES);
let used = pool.length;

/** 128 random bits, in 22 characters of base64url (RFC 4648 section 5). */
export function deliveryId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return pool.toString("base64url", used, (used += BYTES));
}
