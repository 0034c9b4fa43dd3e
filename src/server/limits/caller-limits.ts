import type { IncomingMessage } from "node:http";
import type { Caller } from "../../access/caller.ts";
import type { Config } from "../../config/config.ts";
import { CodedError } from "../../errors.ts";
import { BoundedCounts } from "./bounded-counts.ts";
import { clientAddress } from "./client-address.ts";
import { TokenBuckets } from "./token-buckets.ts";

export type CallerLimitsConfig = Pick<
  Config,
  | "operationsPerSecond"
  | "operationsBurst"
  | "maxSocketsPerCaller"
  | "maxSocketsPerAddress"
  | "trustedProxies"
>;

/** An operation beyond a caller's rate. */
export interface TooSoon {
  readonly error: CodedError;
  /** When it is worth trying again. */
  readonly retryAfterMs: number;
}

/** How much a caller may do at a time. Who has not said who it is counts by its address. */
export class CallerLimits {
  readonly #config: CallerLimitsConfig;
  readonly #operations: TokenBuckets;
  readonly #socketsOfCaller: BoundedCounts;
  readonly #socketsOfAddress: BoundedCounts;

  constructor(config: CallerLimitsConfig) {
    const { operationsPerSecond: perSecond, operationsBurst: burst } = config;
    this.#config = config;
    this.#operations = new TokenBuckets({ perSecond, burst });
    this.#socketsOfCaller = new BoundedCounts(config.maxSocketsPerCaller);
    this.#socketsOfAddress = new BoundedCounts(config.maxSocketsPerAddress);
  }

  /** Counts an operation; undefined where it may be executed. */
  operation(caller: Caller, request: IncomingMessage): TooSoon | undefined {
    if (this.#config.operationsPerSecond === 0) return undefined;
    const key =
      caller.kind === "anonymous" ? `address ${this.#addressOf(request)}` : `caller ${caller.id}`;
    const retryAfterMs = this.#operations.take(key);
    if (retryAfterMs === 0) return undefined;
    const { operationsPerSecond } = this.#config;
    const error = new CodedError(
      "LIMIT_EXCEEDED",
      `More than ${operationsPerSecond} operations a second; try again in ${retryAfterMs} ms`,
      { limit: "operationsPerSecond" },
    );
    return { error, retryAfterMs };
  }

  /** A socket more from an address, until the returned function is called; undefined where it has too many. */
  socketFrom(request: IncomingMessage): (() => void) | undefined {
    return this.#socketsOfAddress.add(this.#addressOf(request));
  }

  /** A socket more of a caller, likewise. An anonymous one's are counted by address alone. */
  socketOf(caller: Caller): (() => void) | undefined {
    return caller.kind === "anonymous" ? () => {} : this.#socketsOfCaller.add(caller.id);
  }

  #addressOf(request: IncomingMessage): string {
    return clientAddress(request, this.#config.trustedProxies);
  }
}
