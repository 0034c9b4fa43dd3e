import type { IncomingMessage } from "node:http";
import type { Caller } from "../../access/caller.ts";
import type { Config } from "../../config/config.ts";
import { CodedError } from "../../errors.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import { BoundedCounts } from "../../access/bounded-counts.ts";
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

/** An operation beyond its caller's rate. */
export class TooSoon extends CodedError {
  /** When it is worth trying again. */
  readonly retryAfterMs: number;

  constructor(perSecond: number, retryAfterMs: number) {
    super(
      "LIMIT_EXCEEDED",
      `More than ${perSecond} operations a second; try again in ${retryAfterMs} ms`,
      { limit: "operationsPerSecond" },
    );
    this.retryAfterMs = retryAfterMs;
  }
}

/** How much a caller may do at a time. Who has not said who it is counts by its address. */
export class CallerLimits {
  readonly #config: CallerLimitsConfig;
  readonly #metrics: Metrics;
  readonly #operations: TokenBuckets;
  readonly #socketsOfCaller: BoundedCounts;
  readonly #socketsOfAddress: BoundedCounts;

  constructor(config: CallerLimitsConfig, metrics: Metrics) {
    const { operationsPerSecond: perSecond, operationsBurst: burst } = config;
    this.#config = config;
    this.#metrics = metrics;
    this.#operations = new TokenBuckets({ perSecond, burst });
    this.#socketsOfCaller = new BoundedCounts(config.maxSocketsPerCaller);
    this.#socketsOfAddress = new BoundedCounts(config.maxSocketsPerAddress);
  }

  /** Counts an operation. @throws {TooSoon} where it is one too many. */
  operation(caller: Caller, request: IncomingMessage): void {
    const { operationsPerSecond } = this.#config;
    if (operationsPerSecond === 0) return;
    const key =
      caller.kind === "anonymous" ? `address ${this.#addressOf(request)}` : `caller ${caller.id}`;
    const retryAfterMs = this.#operations.take(key);
    if (retryAfterMs > 0) throw new TooSoon(operationsPerSecond, retryAfterMs);
  }

  /** A socket more from an address, until the returned function is called; undefined where it has too many. */
  socketFrom(request: IncomingMessage): (() => void) | undefined {
    const added = this.#socketsOfAddress.add(this.#addressOf(request));
    if (!added) this.#metrics.refused.inc({ limit: "maxSocketsPerAddress" });
    return added;
  }

  /** A socket more of a caller, likewise. An anonymous one's are counted by address alone. */
  socketOf(caller: Caller): (() => void) | undefined {
    const added = caller.kind === "anonymous" ? () => {} : this.#socketsOfCaller.add(caller.id);
    if (!added) this.#metrics.refused.inc({ limit: "maxSocketsPerCaller" });
    return added;
  }

  #addressOf(request: IncomingMessage): string {
    return clientAddress(request, this.#config.trustedProxies);
  }
}
