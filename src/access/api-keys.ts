import { createHash, timingSafeEqual } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Logger } from "../telemetry/logger.ts";
import { apiKeysIn, type KnownApiKey } from "./api-key-file.ts";
import { API_KEY_PREFIX } from "./api-key-hash.ts";
import type { Caller } from "./caller.ts";
import { Unauthenticated } from "./unauthenticated.ts";
import { WatchedFile } from "./watched-file.ts";

export function isApiKey(credential: string): boolean {
  return credential.startsWith(API_KEY_PREFIX);
}

/** The API keys of a file, as it is now. A key about which nothing changes keeps its Caller. */
export class ApiKeys {
  readonly #file: WatchedFile<readonly KnownApiKey[]>;

  /** @throws {Error} where the file cannot be read, or holds no API keys. */
  constructor(options: { path: string; onChange: () => void; logger: Logger }) {
    let before: readonly KnownApiKey[] = [];
    const read = (content: Buffer) => {
      before = apiKeysIn(content).map(
        (key) => before.find((one) => isDeepStrictEqual(one, key)) ?? key,
      );
      return before;
    };
    this.#file = new WatchedFile({ ...options, read });
  }

  /** Whose the key is. Takes as long whichever it is, and however much of it is right. @throws {Unauthenticated} */
  caller(key: string): Caller {
    const shown = createHash("sha256").update(key).digest();
    let found: KnownApiKey | undefined;
    for (const known of this.#file.content) if (timingSafeEqual(known.digest, shown)) found = known;
    if (!found) throw new Unauthenticated("invalid", "There is no such API key");
    const { caller } = found;
    if (caller.expiresAt && caller.expiresAt.getTime() <= Date.now())
      throw new Unauthenticated("invalid", "The API key has expired");
    return caller;
  }

  /** Whether the file still has the key that `caller` was found by, with nothing about it changed. */
  holds(caller: Caller): boolean {
    return this.#file.content.some((known) => known.caller === caller);
  }

  close(): void {
    this.#file.close();
  }
}
