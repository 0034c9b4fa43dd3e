import type { IncomingMessage } from "node:http";
import type { Authentication, AuthenticationRequest } from "../access/authenticate.ts";
import { claimTheSame } from "../access/same-claims.ts";
import { credentialInPayload } from "../access/credentials.ts";
import { Unauthenticated, type Refusal } from "../access/unauthenticated.ts";
import type { ContextFor, GatewayContext } from "../schema/context.ts";
import { toError } from "../errors.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { CallerLimits } from "./limits/caller-limits.ts";

/**
 * How a socket is closed that is nobody's: 4403 and 4408 are graphql-ws's own, 1013 is of RFC 6455's registry.
 * Its client comes back after each of them, and asks for its connection parameters again.
 */
const CLOSE_CODES: Readonly<Record<Refusal, number>> = {
  missing: 4403,
  invalid: 4403,
  unavailable: 1013,
  overdue: 4408,
};

/** Our own, of the range that applications may use; clients of the protocol take it as a reason to come back. */
const TOO_MANY_SOCKETS = 4413;

/** Renewals of one socket that are looked into at once: each may take as long as authentication may. */
const MOST_RENEWALS = 8;

export interface SocketSessionOptions {
  readonly request: IncomingMessage;
  readonly authentication: Authentication;
  readonly contextFor: ContextFor;
  readonly limits: CallerLimits;
  readonly logger: Logger;
  readonly close: (code: number, reason: string) => void;
}

/** Whose a WebSocket is: nobody's until `connection_init`, then one caller's, until that has expired. */
export class SocketSession {
  readonly #options: SocketSessionOptions;
  #context?: GatewayContext;
  #stopWatching?: () => void;
  #gone: (() => void) | undefined;
  #isOver = false;
  /** Why it is nobody's any more; its socket is closing. */
  #ended: Unauthenticated | undefined;
  /** Renewals are told in the order in which they were asked for. */
  #renewing: Promise<unknown> = Promise.resolve();
  #renewals = 0;

  constructor(options: SocketSessionOptions) {
    this.#options = options;
  }

  /** What operations are executed with from now on; undefined until it is known whose the socket is. */
  get context(): GatewayContext | undefined {
    return this.#context;
  }

  /** Whether it is known, from `connection_init`, whose the socket is; it is closed otherwise. Never rejects. */
  async open(connectionParams: AuthenticationRequest["connectionParams"]): Promise<boolean> {
    try {
      const context = await this.#contextOf(connectionParams);
      if (!this.#takePlace(context)) return false;
      this.#belongTo(context);
      return true;
    } catch (thrown) {
      this.#close(this.#refusal(thrown));
      return false;
    }
  }

  /** What a ping with `payload` is answered with. Never rejects. */
  async pong(payload: Readonly<Record<string, unknown>> | undefined): Promise<object | undefined> {
    if (!showsCredential(payload)) return payload;
    if (this.#renewals >= MOST_RENEWALS)
      return refused(new Unauthenticated("overdue", "Too many renewals at once; try again"));
    this.#renewals++;
    const renewed = this.#renewing.then(() => this.#renewed(payload));
    this.#renewing = renewed;
    return await renewed.finally(() => this.#renewals--);
  }

  /**
   * Counts an operation. @throws {TooSoon} where it is one too many for the caller.
   * @throws {Unauthenticated} where the caller is nobody any more: a client that has been told to close may still ask.
   */
  operation(): void {
    if (this.#ended) throw this.#ended;
    const { limits, request } = this.#options;
    if (this.#context) limits.operation(this.#context.caller, request);
  }

  end(): void {
    this.#isOver = true;
    this.#stopWatching?.();
    this.#gone?.();
  }

  /** False, and closed, where the caller has as many sockets as it may. */
  #takePlace({ caller }: GatewayContext): boolean {
    if (this.#isOver) return false;
    this.#gone = this.#options.limits.socketOf(caller);
    if (!this.#gone)
      this.#options.close(TOO_MANY_SOCKETS, "Too many sockets: close one of the others first");
    return this.#gone !== undefined;
  }

  async #renewed(payload: Readonly<Record<string, unknown>> | undefined): Promise<object> {
    const before = this.#context;
    try {
      if (!before)
        throw new Unauthenticated(
          "invalid",
          "Credentials are renewed once connection_init is acknowledged",
        );
      const context = await this.#contextOf(payload);
      if (context.caller.id !== before.caller.id)
        throw new Unauthenticated(
          "invalid",
          "The credentials are another caller's; connect anew with them",
        );
      // What runs was let in by what was claimed then.
      if (!claimTheSame(context.caller, before.caller))
        throw new Unauthenticated(
          "invalid",
          "The credentials claim something else than those before; connect anew with them",
        );
      this.#belongTo(context);
      const { expiresAt } = context.caller;
      return { renewed: true, ...(expiresAt && { expiresAt: expiresAt.toISOString() }) };
    } catch (thrown) {
      return refused(this.#refusal(thrown));
    }
  }

  async #contextOf(
    connectionParams: AuthenticationRequest["connectionParams"],
  ): Promise<GatewayContext> {
    const { request, authentication, contextFor } = this.#options;
    const { headers, socket } = request;
    const { remoteAddress } = socket;
    return contextFor(
      await authentication.authenticate({ headers, connectionParams, remoteAddress }),
    );
  }

  #belongTo(context: GatewayContext): void {
    this.#context = context;
    this.#stopWatching?.();
    if (this.#isOver) return;
    this.#stopWatching = this.#options.authentication.whileGood(context.caller, (why) =>
      this.#close(why),
    );
  }

  #close(why: Unauthenticated): void {
    this.#ended = why;
    this.#options.close(CLOSE_CODES[why.refusal], why.message);
  }

  #refusal(thrown: unknown): Unauthenticated {
    if (thrown instanceof Unauthenticated) return thrown;
    this.#options.logger.error({ err: toError(thrown) }, "a socket could not be authenticated");
    return new Unauthenticated("unavailable", "The gateway failed; its log says why");
  }
}

function refused({ message, code }: Unauthenticated): object {
  return { renewed: false, errors: [{ message, extensions: { code } }] };
}

/** Badly formed ones count: they are no payload to be sent back. */
function showsCredential(payload: Readonly<Record<string, unknown>> | undefined): boolean {
  try {
    return credentialInPayload(payload) !== undefined;
  } catch {
    return true;
  }
}
