import { CodedError } from "../errors.ts";
import type { Broker } from "../broker/broker.ts";
import type { BrokerStatus } from "../broker/status.ts";
import type { TapSpec } from "../broker/topology.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { brokerStatuses } from "./broker-statuses.ts";
import { EventQueue, type SubscriberBounds } from "./event-queue.ts";
import type { FeedEvent } from "./feed-event.ts";
import { PushIterator } from "../push-iterator.ts";
import { SharedTap, type Membership, type Subscriber } from "./shared-tap.ts";
import { Tally } from "./tally.ts";
import { tapKey } from "./tap-key.ts";
import type { TapStatus } from "./tap-status.ts";

/** All taps of this instance and who listens to them. */
export class Feeds {
  readonly #broker: Broker;
  readonly #maxTaps: number;
  /** What each subscriber may have waiting. */
  readonly bounds: SubscriberBounds;
  readonly tally: Tally;
  readonly #taps = new Map<string, SharedTap>();
  readonly #closing = new Set<Promise<void>>();

  /** `maxTaps`: at a time; each is a queue on the broker. */
  constructor(broker: Broker, bounds: SubscriberBounds, metrics: Metrics, maxTaps = Infinity) {
    this.#broker = broker;
    this.#maxTaps = maxTaps;
    this.bounds = bounds;
    this.tally = new Tally(metrics);
  }

  /**
   * A place at the tap for `spec`, which is opened where it is not there yet.
   * @throws {CodedError} LIMIT_EXCEEDED where there are as many others as there may be.
   */
  join(spec: TapSpec, subscriber: Subscriber): Membership {
    const key = tapKey(spec);
    let tap = this.#taps.get(key);
    if (!tap) {
      if (this.#taps.size >= this.#maxTaps) throw tooMany(this.#maxTaps);
      const opened: SharedTap = new SharedTap(this.#broker, spec, this.tally, (closing) => {
        if (this.#taps.get(key) === opened) this.#taps.delete(key);
        this.#awaitClosing(closing);
      });
      tap = opened;
      this.#taps.set(key, tap);
    }
    return tap.join(subscriber);
  }

  /** Events in order, from the moment of being live, bounded as {@link EventQueue} says. Rejects where `spec` cannot be tapped. */
  async subscribe(spec: TapSpec): Promise<AsyncIterableIterator<FeedEvent>> {
    const { tally } = this;
    const queue = new EventQueue(this.bounds, 0, tally);
    const source = {
      shift: () => {
        const event = queue.shift();
        if (event?.kind === "message") tally.delivered(1);
        return event;
      },
      clear: () => queue.clear(),
    };
    let isLive = false;
    const events = new PushIterator<FeedEvent>(source, () => {
      if (isLive) tally.left();
      membership.leave();
    });
    const push = (event: FeedEvent) => {
      queue.push(event);
      events.wake();
    };
    const membership = this.join(spec, {
      live: (since) => {
        isLive = true;
        tally.joined();
        push({ kind: "live", since });
      },
      message: (message) => push({ kind: "message", message }),
      gap: (gap) => push({ kind: "gap", gap }),
      ended: (error) => events.fail(error),
    });
    await membership.ready;
    return events;
  }

  /** The broker's status now, and again at every change. */
  brokerStatuses(): AsyncIterableIterator<BrokerStatus> {
    return brokerStatuses(this.#broker);
  }

  /** How many taps there are, and how many are still being taken down. */
  get size(): { open: number; closing: number } {
    return { open: this.#taps.size, closing: this.#closing.size };
  }

  /** Each tap, in the order in which they began. */
  get taps(): readonly TapStatus[] {
    return [...this.#taps.values()].flatMap(({ status }) => status ?? []);
  }

  /** How many taps may be missing messages at this moment. */
  get interrupted(): number {
    let count = 0;
    for (const tap of this.#taps.values()) if (tap.interrupted) count++;
    return count;
  }

  #awaitClosing(closing: Promise<void>): void {
    this.#closing.add(closing);
    void closing.finally(() => this.#closing.delete(closing));
  }
}

function tooMany(taps: number): CodedError {
  return new CodedError(
    "LIMIT_EXCEEDED",
    `Clients listen to ${taps} different things, which is as many as this gateway takes; ask for one of them, or later`,
    { limit: "maxTaps" },
  );
}
