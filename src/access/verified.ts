import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Caller } from "./caller.ts";

/** Of so many credentials it is known whose they are; each takes some hundred bytes and its claims. */
const KNOWN = 10_000;

/**
 * Whose credentials are that have been checked, so that they are checked once and not with each request. Known
 * by their SHA-256: what they are is kept nowhere.
 */
export class Verified {
  readonly #callers = new LRUCache<string, Caller>({ max: KNOWN });
  /** How often everything has been forgotten. */
  #epoch = 0;

  /** Undefined where that is not known, or they have expired. */
  get(credential: string): Caller | undefined {
    const key = digest(credential);
    const caller = this.#callers.get(key);
    if (!caller?.expiresAt || caller.expiresAt.getTime() > Date.now()) return caller;
    this.#callers.delete(key);
    return undefined;
  }

  /** `check`s, and remembers whose they are, unless everything has been forgotten meanwhile. */
  async checked(
    credential: string,
    check: (credential: string) => Caller | Promise<Caller>,
  ): Promise<Caller> {
    const epoch = this.#epoch;
    const caller = await check(credential);
    if (epoch === this.#epoch) this.#callers.set(digest(credential), caller);
    return caller;
  }

  /** What they were checked by has changed. */
  forget(): void {
    this.#epoch++;
    this.#callers.clear();
  }
}

function digest(credential: string): string {
  return hash("sha256", credential, "base64");
}
