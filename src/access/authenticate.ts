import type { IncomingHttpHeaders } from "node:http";
import type { Caller } from "./caller.ts";
import type { Unauthenticated } from "./unauthenticated.ts";

/** What a client has shown of itself, with a request or on a WebSocket. */
export interface AuthenticationRequest {
  /** Of the request, or of the one that asked for the WebSocket. */
  readonly headers: IncomingHttpHeaders;
  /** The payload of `connection_init`, or of a `ping` that renews; left out over HTTP. */
  readonly connectionParams?: Readonly<Record<string, unknown>> | undefined;
  /** The address that it comes from; undefined where it is gone already. */
  readonly remoteAddress?: string | undefined;
}

/**
 * Who is asking; on `connection`, where the next request is mostly the same one's. The same Caller for the same
 * credentials for as long as they are good, so that a caller's context is kept. Throws, or rejects with,
 * {@link Unauthenticated} where it cannot be told.
 */
export type Authenticate = (
  request: AuthenticationRequest,
  connection?: object,
) => Caller | Promise<Caller>;

/** Tells a caller from another, and when it stops being one. */
export interface Authentication {
  readonly authenticate: Authenticate;
  /** Calls `end` once, when `caller` is nobody any more: it has expired, grace and all, or is no longer let in. Returns what stops that. */
  whileGood(caller: Caller, end: (why: Unauthenticated) => void): () => void;
}
