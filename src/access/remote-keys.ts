import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from "jose";
import { toError } from "../errors.ts";
import type { Logger } from "../telemetry/logger.ts";
import { jwkSetIn } from "./key-material.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** In milliseconds. */
const FETCH_TIMEOUT = 5 * SECOND;
/** A `kid` that nobody knows leads to no fetch so soon after one that went well. */
const COOLDOWN = 30 * SECOND;
/** Nor does anything so soon after one that failed. */
const COOLDOWN_OF_FAILURE = SECOND;
/** Keys so old are fetched again, beside the work. */
const STALE_AFTER = 10 * MINUTE;
/** Keys so old are used no more: one that the issuer has withdrawn must not live for as long as its server is away. */
const USELESS_AFTER = 24 * 60 * MINUTE;

const MAX_BYTES = 256 * 1024;

export interface RemoteKeysOptions {
  readonly url: string;
  /** The keys are others than before. */
  readonly onChange: () => void;
  readonly logger: Logger;
  readonly fetch?: typeof fetch;
}

/**
 * The keys at a JWK Set's URL (RFC 7517 section 5): fetched when first needed, when a token names one that is
 * not known yet, and beside the work as they grow old. An issuer that is away for a while takes nobody away.
 */
export class RemoteKeys {
  readonly #options: RemoteKeysOptions;
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;
  #text?: string;
  #fetchedAt = -Infinity;
  #failedAt = -Infinity;

  constructor(options: RemoteKeysOptions) {
    this.#options = options;
    this.#keys = createRemoteJWKSet(new URL(options.url), {
      timeoutDuration: FETCH_TIMEOUT,
      cooldownDuration: COOLDOWN,
      cacheMaxAge: Infinity,
      [customFetch]: (url, init) => this.#fetch(url, init),
    });
  }

  /** The key that a token is to be checked with. Rejects where there is none, or none to be had now. */
  readonly key: JWTVerifyGetKey = async (header, token) => {
    const age = Date.now() - this.#fetchedAt;
    if (age > USELESS_AFTER) await this.#keys.reload();
    else if (age > STALE_AFTER && !this.#keys.reloading) this.#keys.reload().catch(() => {});
    return await this.#keys(header, token);
  };

  async #fetch(url: string, init: RequestInit): Promise<Response> {
    if (Date.now() - this.#failedAt < COOLDOWN_OF_FAILURE) throw new KeysUnavailable("just failed");
    try {
      const text = await this.#fetchText(url, init);
      jwkSetIn(text);
      this.#fetchedAt = Date.now();
      if (this.#text !== undefined && this.#text !== text) this.#options.onChange();
      this.#text = text;
      return new Response(text);
    } catch (thrown) {
      this.#failedAt = Date.now();
      const { logger } = this.#options;
      logger.warn({ url, reason: reasonOf(thrown) }, "an issuer's keys could not be fetched");
      throw new KeysUnavailable("could not be fetched", { cause: thrown });
    }
  }

  async #fetchText(url: string, init: RequestInit): Promise<string> {
    const response = await (this.#options.fetch ?? fetch)(url, init);
    if (response.status !== 200) throw new Error(`HTTP ${response.status}`);
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) throw new Error(`more than ${MAX_BYTES} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString();
  }
}

/** Not the token is at fault: whether it is good cannot be told. */
export class KeysUnavailable extends Error {
  override readonly name = "KeysUnavailable";
}

function reasonOf(thrown: unknown): string {
  const error = toError(thrown);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
