import type { Broker } from "../broker/broker.ts";
import type { TapSpec } from "../broker/topology.ts";
import { EventQueue, type SubscriberBounds } from "./event-queue.ts";
import type { FeedEvent } from "./feed-event.ts";
import { PushIterator } from "./push-iterator.ts";
import { SharedTap, type Membership, type Subscriber } from "./shared-tap.ts";
import { tapKey } from "./tap-key.ts";

/** All taps of this instance and who listens to them. */
export class Feeds {
  readonly #broker: Broker;
  /** What each subscriber may have waiting. */
  readonly bounds: SubscriberBounds;
  readonly #taps = new Map<string, SharedTap>();
  readonly #closing = new Set<Promise<void>>();

  constructor(broker: Broker, bounds: SubscriberBounds) {
    this.#broker = broker;
    this.bounds = bounds;
  }

  /** A place at the tap for `spec`, which is opened where it is not there yet. */
  join(spec: TapSpec, subscriber: Subscriber): Membership {
    const key = tapKey(spec);
    let tap = this.#taps.get(key);
    if (!tap) {
      const opened: SharedTap = new SharedTap(this.#broker, spec, (closing) => {
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
    const queue = new EventQueue(this.bounds);
    const events = new PushIterator<FeedEvent>(queue, () => membership.leave());
    const push = (event: FeedEvent) => {
      queue.push(event);
      events.wake();
    };
    const membership = this.join(spec, {
      live: (since) => push({ kind: "live", since }),
      message: (message) => push({ kind: "message", message }),
      gap: (gap) => push({ kind: "gap", gap }),
      ended: (error) => events.fail(error),
    });
    await membership.ready;
    return events;
  }

  /** How many taps there are, and how many are still being taken down. */
  get size(): { open: number; closing: number } {
    return { open: this.#taps.size, closing: this.#closing.size };
  }

  #awaitClosing(closing: Promise<void>): void {
    this.#closing.add(closing);
    void closing.finally(() => this.#closing.delete(closing));
  }
}
