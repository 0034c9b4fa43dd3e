import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Caller } from "./caller.ts";

/** Of so many credentials it is known whose they are; each takes some hundred bytes and its claims. */
const KNOWN = 10_000;

/**
 * Whose credentials are that have been checked, so that they are checked once and not with each request. Known
 * by their SHA-256: what they are is kept nowhere, but with the connection that shows them.
 */
export class Verified {
  readonly #callers = new LRUCache<string, Caller>({ max: KNOWN });
  /** By connection, what was shown last on it, and is in its memory anyway. */
  #latest = new WeakMap<object, { readonly shown: string; readonly caller: Caller }>();
  /** How often everything has been forgotten. */
  #epoch = 0;

  /** Undefined where that is not known, or they have expired. */
  get(credential: string): Caller | undefined {
    const key = digest(credential);
    const caller = this.#callers.get(key);
    if (!caller || isGood(caller)) return caller;
    this.#callers.delete(key);
    return undefined;
  }

  /** Who was the last on a connection, where it has shown the same again and has not expired. */
  last(connection: object, shown: string | undefined): Caller | undefined {
    const latest = this.#latest.get(connection);
    return latest?.shown === shown && latest && isGood(latest.caller) ? latest.caller : undefined;
  }

  setLast(connection: object, shown: string, caller: Caller): void {
    this.#latest.set(connection, { shown, caller });
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
    this.#latest = new WeakMap();
  }
}

function isGood({ expiresAt }: Caller): boolean {
  return !expiresAt || expiresAt.getTime() > Date.now();
}

function digest(credential: string): string {
  return hash("sha256", credential, "base64");
}
