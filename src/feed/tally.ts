import type { TapGap } from "../broker/adapter.ts";
import type { Metrics } from "../telemetry/metrics.ts";

/** What becomes of subscriptions and of their messages, counted for the metrics. */
export class Tally {
  readonly #metrics: Metrics;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** The broker has delivered a message to a tap. */
  received(): void {
    this.#metrics.received.inc();
  }

  /** A tap has told a gap. */
  interrupted({ cause, dropped }: TapGap): void {
    this.#metrics.gaps.inc({ cause });
    // At least one, where nobody knows how many.
    if (cause === "broker-overflow") this.#metrics.dropped.inc({ by: "broker" }, dropped ?? 1);
  }

  /** A subscription is live. */
  joined(): void {
    this.#metrics.subscribers.inc();
  }

  /** One that was live is over. */
  left(): void {
    this.#metrics.subscribers.dec();
  }

  /** `count` messages were handed on, one for each subscriber: once for many, as it is asked for often. */
  delivered(count: number): void {
    if (count > 0) this.#metrics.delivered.inc(count);
  }

  /** The gateway has dropped `count` messages that one slow subscriber did not read. */
  dropped(count: number): void {
    this.#metrics.dropped.inc({ by: "gateway" }, count);
  }

  /** That subscriber is behind by a new gap. */
  fellBehind(): void {
    this.#metrics.gaps.inc({ cause: "slow-consumer" });
  }
}
