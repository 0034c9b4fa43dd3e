import { EventQueue, joinGaps, type SubscriberBounds } from "../../feed/event-queue.ts";
import type { FeedEvent, Gap } from "../../feed/feed-event.ts";
import type { Outlet } from "./outlet.ts";

/**
 * Of a subscriber's bound: what may wait in its socket before that is full, what a batch may bring
 * there at once on top of it, and what may wait here.
 */
const SOCKET_SHARE = 1 / 4;
export const BATCH_SHARE = 1 / 8;
const QUEUE_SHARE = 5 / 8;

/** A reader that has missed this many times its bound of messages in one stall is cut off. */
const DROPPED_BEFORE_CUT = 10;

/** How one member's response to an event reads; undefined where there is none. */
export type RenderFor = (event: FeedEvent, gap: Gap | undefined) => string | undefined;

/** One operation in a group: it keeps up with the group, or it is behind and has a queue of its own. */
export class Member {
  readonly outlet: Outlet;
  readonly #bounds: SubscriberBounds;
  readonly #render: RenderFor;
  readonly #tellsGaps: boolean;
  #behind?: EventQueue | undefined;
  /** What is to be told with the next message. */
  #gap?: Gap | undefined;
  readonly #onDrain = (): void => this.#catchUp();

  /** `tellsGaps`: gaps are events of their own, and not told with the next message. */
  constructor(outlet: Outlet, bounds: SubscriberBounds, render: RenderFor, tellsGaps: boolean) {
    this.outlet = outlet;
    this.#bounds = bounds;
    this.#render = render;
    this.#tellsGaps = tellsGaps;
  }

  /** Takes the group's bytes as they are; else events are to be given to it one by one. */
  get keepsUp(): boolean {
    return !this.#behind && !this.#gap && !this.#isFull;
  }

  /** One event for this member alone. */
  take(event: FeedEvent): void {
    if (this.#behind || this.#isFull) this.#queue(event);
    else this.#write(event);
  }

  /** Writes what it has, whatever the socket holds: nothing comes after. */
  finish(): void {
    const queue = this.#behind;
    this.stop();
    for (let event = queue?.shift(); event; event = queue?.shift()) this.#write(event);
  }

  /** Forgets what it has. */
  stop(): void {
    this.outlet.stream.removeListener("drain", this.#onDrain);
    this.#behind = undefined;
  }

  /** Not before the stream itself says so: below its own mark it would never tell that it has drained. */
  get #isFull(): boolean {
    const { writableLength, writableHighWaterMark } = this.outlet.stream;
    return writableLength >= Math.max(writableHighWaterMark, this.#bounds.maxBytes * SOCKET_SHARE);
  }

  #queue(event: FeedEvent): void {
    if (!this.#behind) {
      const maxBytes = this.#bounds.maxBytes * QUEUE_SHARE;
      this.#behind = new EventQueue({ ...this.#bounds, maxBytes });
      this.outlet.stream.on("drain", this.#onDrain);
    }
    this.#behind.push(event);
    if (this.#behind.dropped > DROPPED_BEFORE_CUT * this.#bounds.maxMessages) this.outlet.cut();
  }

  #catchUp(): void {
    while (this.#behind && !this.#isFull) {
      const event = this.#behind.shift();
      if (event) this.#write(event);
      else this.stop();
    }
  }

  #write(event: FeedEvent): void {
    if (event.kind === "gap" && !this.#tellsGaps) {
      this.#gap = this.#gap ? joinGaps(this.#gap, event.gap) : event.gap;
      return;
    }
    const text = this.#render(event, this.#gap);
    if (event.kind === "message") this.#gap = undefined;
    if (text === undefined || !this.outlet.isOpen) return;
    const template = this.outlet.template([text]);
    this.outlet.fill(template);
    this.outlet.stream.write(template.bytes);
  }
}
