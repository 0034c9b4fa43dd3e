import { randomFillSync } from "node:crypto";
import { ulid } from "ulid";

/** Asking the system for randomness costs far more than using it: so many bytes are fetched at once. */
const pool = new Uint8Array(4096);
let used = pool.length;

/** A ULID: unique, and in order of time. */
export function uniqueId(): string {
  return ulid(undefined, pooledRandom);
}

function pooledRandom(): number {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return (pool[used++] ?? 0) / 256;
}
