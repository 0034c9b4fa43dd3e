import type { IncomingMessage } from "node:http";
import { isLoopback } from "../config/loopback.ts";

/** What probes and scrapers ask for. */
const OPERATORS_PATH = /^\/(?:livez|readyz|metrics)(?:\?|$)/;

/**
 * The names that the gateway's own listener answers to. A page on the internet can have its own name lead to
 * 127.0.0.1 ("DNS rebinding"): its requests are then of the gateway's own origin, and only `Host` tells where the
 * page comes from (RFC 9110 section 7.2; no script can set it). So on loopback there are loopback's names alone and
 * those that are `allowed`. Beyond it there is no telling which name is right, and `allowed` says so, or nothing does.
 */
export class AnsweredHosts {
  readonly #isLocal: boolean;
  readonly #allowed: ReadonlySet<string>;
  readonly #isAny: boolean;
  /** The last `Host` that was right: mostly it is the next one's too. */
  #answered: string | undefined;

  /** `address`: the one that is listened on. `allowed`: names without ports, in small letters; `*` is every name. */
  constructor(address: string, allowed: readonly string[]) {
    this.#isLocal = isLoopback(address);
    this.#allowed = new Set(allowed);
    this.#isAny = allowed.includes("*") || (allowed.length === 0 && !this.#isLocal);
  }

  include(request: IncomingMessage): boolean {
    if (this.#isAny) return true;
    const { host } = request.headers;
    if (host !== undefined && host === this.#answered) return true;
    const name = nameIn(host);
    if (isLoopback(name) || this.#allowed.has(name)) {
      this.#answered = host;
      return true;
    }
    // Probes and scrapers go by addresses, which nobody can list beforehand.
    return !this.#isLocal && OPERATORS_PATH.test(request.url ?? "");
  }
}

/** A `Host` without its port and brackets, in small letters. */
function nameIn(host = ""): string {
  return host
    .toLowerCase()
    .replace(/:\d*$/, "")
    .replace(/^\[(.*)\]$/, "$1");
}
