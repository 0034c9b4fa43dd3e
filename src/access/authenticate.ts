import type { IncomingHttpHeaders } from "node:http";
import { ANONYMOUS, type Caller } from "./caller.ts";

/** What a client has shown of itself, with a request or with a WebSocket's first message. */
export interface AuthenticationRequest {
  /** Of the request, or of the one that asked for the WebSocket. */
  readonly headers: IncomingHttpHeaders;
  /** The payload of `connection_init`, or of a `ping` that renews; left out over HTTP. */
  readonly connectionParams?: Readonly<Record<string, unknown>> | undefined;
  /** The address that it comes from; undefined where it is gone already. */
  readonly remoteAddress?: string | undefined;
}

/**
 * Who is asking. Throws, or rejects with, a CodedError that is UNAUTHENTICATED where that cannot be told.
 * The same Caller for the same credentials for as long as they are good, so that a caller's context is kept.
 */
export type Authenticate = (request: AuthenticationRequest) => Caller | Promise<Caller>;

/** Asks nobody. */
export const anonymously: Authenticate = () => ANONYMOUS;
