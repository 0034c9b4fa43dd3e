import type { FeedEvent, Gap } from "./feed-event.ts";

export interface SubscriberBounds {
  readonly maxMessages: number;
  /** Bytes of message bodies, and of what each counts besides. One message is always held, whatever its size. */
  readonly maxBytes: number;
}

/** Who counts what is dropped. */
export interface DropTally {
  dropped(count: number): void;
  /** A gap begins; what is dropped next to it is a part of it. */
  fellBehind(): void;
}

/** Drops are counted so many at once while nobody reads: each by itself would cost more than the dropping. */
const COUNTED_TOGETHER = 100;

/**
 * What a subscriber has not read yet, within bounds. Past them the oldest messages are dropped, and
 * a gap that counts them takes their place; news of liveness and of gaps is never dropped.
 */
export class EventQueue {
  readonly #bounds: SubscriberBounds;
  readonly #besides: number;
  readonly #tally: DropTally | undefined;
  /** What comes before the oldest message: liveness and gaps. Neighbouring gaps of one cause are one. */
  readonly #notices: FeedEvent[] = [];
  #events: (FeedEvent | undefined)[] = [];
  #head = 0;
  #messages = 0;
  #bytes = 0;
  #dropped = 0;
  /** Of those, the ones that `#tally` has not been told of. */
  #uncounted = 0;

  /** `besides` is what a message counts besides its body, in bytes. */
  constructor(bounds: SubscriberBounds, besides = 0, tally?: DropTally) {
    this.#bounds = bounds;
    this.#besides = besides;
    this.#tally = tally;
  }

  /** How many messages have been dropped in all. */
  get dropped(): number {
    return this.#dropped;
  }

  push(event: FeedEvent): void {
    this.#events.push(event);
    if (event.kind !== "message") return;
    this.#messages++;
    this.#bytes += event.message.body.length + this.#besides;
    while (this.#isOverBounds()) this.#dropOldest();
  }

  /** The next event, or undefined where there is none. */
  shift(): FeedEvent | undefined {
    const notice = this.#notices.shift();
    if (!notice) return this.#take();
    this.#countDropped();
    return notice;
  }

  clear(): void {
    this.#countDropped();
    this.#notices.length = 0;
    this.#events = [];
    this.#head = this.#messages = this.#bytes = 0;
  }

  #isOverBounds(): boolean {
    if (this.#messages <= 1) return false;
    return this.#messages > this.#bounds.maxMessages || this.#bytes > this.#bounds.maxBytes;
  }

  #dropOldest(): void {
    for (let event = this.#take(); event; event = this.#take()) {
      if (event.kind !== "message") {
        this.#notice(event);
        continue;
      }
      this.#dropped++;
      if (++this.#uncounted === COUNTED_TOGETHER) this.#countDropped();
      const { receivedAt } = event.message;
      this.#notice({
        kind: "gap",
        gap: { cause: "slow-consumer", from: receivedAt, until: receivedAt, dropped: 1 },
      });
      return;
    }
  }

  #notice(event: FeedEvent): void {
    const last = this.#notices.at(-1);
    if (event.kind === "gap" && last?.kind === "gap" && last.gap.cause === event.gap.cause) {
      this.#notices[this.#notices.length - 1] = { kind: "gap", gap: joinGaps(last.gap, event.gap) };
      return;
    }
    if (event.kind === "gap" && event.gap.cause === "slow-consumer") this.#tally?.fellBehind();
    this.#notices.push(event);
  }

  #countDropped(): void {
    if (this.#uncounted > 0) this.#tally?.dropped(this.#uncounted);
    this.#uncounted = 0;
  }

  #take(): FeedEvent | undefined {
    const event = this.#events[this.#head];
    if (!event) return undefined;
    // Let go of at once: a message that was dropped takes no room.
    this.#events[this.#head++] = undefined;
    if (this.#head * 2 >= this.#events.length) {
      this.#events = this.#events.slice(this.#head);
      this.#head = 0;
    }
    if (event.kind === "message") {
      this.#messages--;
      this.#bytes -= event.message.body.length + this.#besides;
    }
    return event;
  }
}

/** Two gaps as one: the first one's cause, the bounds of both, and a count only where both have one. */
export function joinGaps(first: Gap, second: Gap): Gap {
  const { dropped: firstDropped } = first;
  const { dropped: secondDropped } = second;
  const bounds = { cause: first.cause, from: first.from, until: second.until };
  if (firstDropped === undefined || secondDropped === undefined) return bounds;
  return { ...bounds, dropped: firstDropped + secondDropped };
}
