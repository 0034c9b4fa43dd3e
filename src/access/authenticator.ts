import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { ApiKeys, isApiKey } from "./api-keys.ts";
import { atMoment } from "./at-moment.ts";
import { askHook, type AuthenticateHook } from "./authenticate-hook.ts";
import type { Authenticate, Authentication, AuthenticationRequest } from "./authenticate.ts";
import { ANONYMOUS, type Caller } from "./caller.ts";
import { credentialIn } from "./credentials.ts";
import type { Issuer } from "./issuer.ts";
import { Tokens } from "./tokens.ts";
import { Unauthenticated } from "./unauthenticated.ts";
import { Verified } from "./verified.ts";
import { within } from "./within.ts";

export interface AuthenticatorOptions {
  readonly issuers: readonly Issuer[];
  /** How far an issuer's clock may be ahead of this one's, in seconds. */
  readonly clockToleranceSeconds: number;
  readonly apiKeysFile?: string | undefined;
  readonly hook?: AuthenticateHook | undefined;
  /** Whoever shows nothing is let in as {@link ANONYMOUS}, although others are asked who they are. */
  readonly allowAnonymous: boolean;
  /** How long it may take to tell who is asking. */
  readonly authTimeoutMs: number;
  /** The longest token or API key, in bytes. */
  readonly maxTokenBytes: number;
  /** How long sockets and streams outlive what they were opened with. */
  readonly expiryGraceMs: number;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Who is asking: by a hook, by tokens, by API keys. Where there is none of them, everyone is {@link ANONYMOUS}. */
export class Authenticator implements Authentication {
  readonly #options: AuthenticatorOptions;
  readonly #verified = new Verified();
  readonly #tokens: Tokens;
  readonly #apiKeys?: ApiKeys;
  readonly #asks: boolean;
  readonly #watched = new Set<Watched>();

  /** @throws {Error} where a file of keys cannot be read, or does not hold what it should. */
  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    const { issuers, clockToleranceSeconds, apiKeysFile, hook, logger } = options;
    const onChange = () => this.#verified.forget();
    this.#tokens = new Tokens({ issuers, clockToleranceSeconds, onChange, logger });
    if (apiKeysFile !== undefined)
      this.#apiKeys = new ApiKeys({
        path: apiKeysFile,
        onChange: () => this.#keysChanged(),
        logger,
      });
    this.#asks = issuers.length > 0 || apiKeysFile !== undefined || hook !== undefined;
  }

  readonly authenticate: Authenticate = (request, connection) => {
    if (!this.#asks) return ANONYMOUS;
    const { hook } = this.#options;
    try {
      const found = hook
        ? this.#byHook(hook, request)
        : connection
          ? this.#onConnection(connection, request)
          : this.#byCredential(request);
      return found instanceof Promise ? this.#inTime(found) : found;
    } catch (thrown) {
      throw this.#told(thrown);
    }
  };

  whileGood(caller: Caller, end: (why: Unauthenticated) => void): () => void {
    const watched: Watched = { caller, end };
    this.#watched.add(watched);
    const { expiresAt } = caller;
    const stops = expiresAt
      ? [
          atMoment(expiresAt.getTime() + this.#options.expiryGraceMs, () =>
            this.#end(watched, "The credentials have expired"),
          ),
        ]
      : [];
    // Its key may have gone since it was let in: then nothing else would say so.
    if (this.#isWithdrawn(caller)) stops.push(atMoment(0, () => this.#end(watched, KEY_WITHDRAWN)));
    return () => {
      this.#watched.delete(watched);
      for (const stop of stops) stop();
    };
  }

  /** Looks at no file any more. */
  close(): void {
    this.#tokens.close();
    this.#apiKeys?.close();
  }

  async #byHook(hook: AuthenticateHook, request: AuthenticationRequest): Promise<Caller> {
    const found = await askHook(hook, request, this.#options.logger);
    return found ?? (await this.#byCredential(request));
  }

  /** What its last request has shown is compared and not hashed: that is half of what asking costs. */
  #onConnection(connection: object, request: AuthenticationRequest): Caller | Promise<Caller> {
    const { authorization } = request.headers;
    const known = this.#verified.last(connection, authorization);
    if (known) return known;
    const found = this.#byCredential(request);
    if (authorization !== undefined && !(found instanceof Promise))
      this.#verified.setLast(connection, authorization, found);
    return found;
  }

  #byCredential(request: AuthenticationRequest): Caller | Promise<Caller> {
    const credential = credentialIn(request);
    if (credential === undefined) {
      if (this.#options.allowAnonymous) return ANONYMOUS;
      throw new Unauthenticated("missing", "Credentials are needed: a token or an API key");
    }
    const { maxTokenBytes } = this.#options;
    if (credential.length > maxTokenBytes)
      throw new Unauthenticated("invalid", `The token is longer than ${maxTokenBytes} bytes`);
    return this.#verified.get(credential) ?? this.#checked(credential);
  }

  #checked(credential: string): Promise<Caller> {
    return this.#verified.checked(credential, (shown) =>
      this.#apiKeys && isApiKey(shown) ? this.#apiKeys.caller(shown) : this.#tokens.caller(shown),
    );
  }

  async #inTime(answer: Promise<Caller>): Promise<Caller> {
    try {
      return await within(answer, this.#options.authTimeoutMs);
    } catch (thrown) {
      throw this.#told(thrown);
    }
  }

  #told(thrown: unknown): unknown {
    if (!(thrown instanceof Unauthenticated)) return thrown;
    const { refusal, message, cause } = thrown;
    const { logger, metrics } = this.#options;
    metrics.unauthenticated.inc({ refusal });
    // Not the cause itself: jose's errors have the token's claims with them.
    const reason = cause instanceof Error ? `${message} (${cause.message})` : message;
    if (refusal === "overdue") logger.error({ reason }, "a client could not be authenticated");
    else logger.debug({ reason }, "a client is not authenticated");
    return thrown;
  }

  /** Ends whoever was let in by a key that is not there any more. */
  #keysChanged(): void {
    this.#verified.forget();
    for (const watched of this.#watched)
      if (this.#isWithdrawn(watched.caller)) this.#end(watched, KEY_WITHDRAWN);
  }

  /** Let in by a key that is not in the file any more, or is another's there. */
  #isWithdrawn(caller: Caller): boolean {
    return caller.kind === "api-key" && !this.#apiKeys?.holds(caller);
  }

  #end(watched: Watched, why: string): void {
    if (this.#watched.delete(watched)) watched.end(new Unauthenticated("invalid", why));
  }
}

const KEY_WITHDRAWN = "There is no such API key any more";

interface Watched {
  readonly caller: Caller;
  readonly end: (why: Unauthenticated) => void;
}
