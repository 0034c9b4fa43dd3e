import type { Held } from "../../access/hold.ts";
import { EventQueue, joinGaps, type SubscriberBounds } from "../../feed/event-queue.ts";
import type { FeedEvent, Gap } from "../../feed/feed-event.ts";
import type { Tally } from "../../feed/tally.ts";
import { fillIn } from "./frame-batch.ts";
import type { Outlet } from "./outlet.ts";
import { SilentIteration } from "./silent-iteration.ts";

/**
 * Of a subscriber's bound: what may wait in its socket before that is full, what a batch may bring
 * there at once on top of it, and what may wait here.
 */
const SOCKET_SHARE = 1 / 4;
export const BATCH_SHARE = 1 / 8;
const QUEUE_SHARE = 5 / 8;

/** What a message that waits takes besides its body, in bytes: its fields, its properties, the objects around them. */
const BESIDES_BODY = 768;

/** A reader that has missed this many times its bound of messages in one stall is cut off. */
const DROPPED_BEFORE_CUT = 10;

/** What is the same for all members of a group. */
export interface MemberRules {
  readonly bounds: SubscriberBounds;
  readonly tally: Tally;
  /** Gaps are events of their own, and not told with the next message. */
  readonly tellsGaps: boolean;
  /** How one member's response to an event reads; undefined where there is none. */
  readonly render: (event: FeedEvent, gap: Gap | undefined) => string | undefined;
  /** The member's reader wants no more. */
  readonly leave: (member: Member) => void;
}

/**
 * One operation in a group, and the iteration that ends with it. It keeps up with the group, or it is
 * behind and has a queue of its own.
 */
export class Member extends SilentIteration {
  readonly outlet: Outlet;
  /** Its right to what the group is told, where it needs one. */
  readonly hold: Held | undefined;
  /** Its place in its cohort, which alone writes it. */
  place = -1;
  readonly #rules: MemberRules;
  #behind?: Behind | undefined;
  /** What is to be told with the next message. */
  #gap?: Gap | undefined;

  constructor(outlet: Outlet, rules: MemberRules, hold?: Held) {
    super();
    this.outlet = outlet;
    this.hold = hold;
    this.#rules = rules;
  }

  /** Takes the group's bytes as they are; else events are to be given to it one by one. */
  get keepsUp(): boolean {
    return !this.#behind && !this.#gap && !this.#isFull;
  }

  /** One event for this member alone; `text` is what everyone else is told, where that is known. */
  take(event: FeedEvent, text?: string): void {
    if (this.#behind || this.#isFull) this.#queue(event);
    else this.#write(event, text);
  }

  /** Writes what it has, whatever the socket holds: nothing comes after. */
  finish(): void {
    const queue = this.#behind?.queue;
    this.#keepUp();
    for (let event = queue?.shift(); event; event = queue?.shift()) this.#write(event);
  }

  /** Forgets what it has. */
  stop(): void {
    this.#behind?.queue.clear();
    this.#keepUp();
  }

  protected override onReturn(): void {
    this.#rules.leave(this);
  }

  protected override get isAwaited(): boolean {
    return this.outlet.isCurrent;
  }

  /** Not before the stream itself says so: below its own mark it would never tell that it has drained. */
  get #isFull(): boolean {
    const { writableLength, writableHighWaterMark } = this.outlet.stream;
    if (writableLength === 0) return false;
    const { maxBytes } = this.#rules.bounds;
    return writableLength >= Math.max(writableHighWaterMark, maxBytes * SOCKET_SHARE);
  }

  #keepUp(): void {
    if (this.#behind) this.outlet.stream.removeListener("drain", this.#behind.onDrain);
    this.#behind = undefined;
  }

  /** The event and not its text: who is behind for long would hold both. */
  #queue(event: FeedEvent): void {
    const { bounds } = this.#rules;
    this.#behind ??= this.#fallBehind();
    const { queue } = this.#behind;
    queue.push(event);
    if (queue.dropped > DROPPED_BEFORE_CUT * bounds.maxMessages) this.outlet.cut();
  }

  #fallBehind(): Behind {
    const { bounds, tally } = this.#rules;
    const queue = new EventQueue(
      { ...bounds, maxBytes: bounds.maxBytes * QUEUE_SHARE },
      BESIDES_BODY,
      tally,
    );
    const onDrain = () => this.#catchUp();
    this.outlet.stream.on("drain", onDrain);
    return { queue, onDrain };
  }

  #catchUp(): void {
    while (this.#behind && !this.#isFull) {
      const event = this.#behind.queue.shift();
      if (event) this.#write(event);
      else this.#keepUp();
    }
  }

  #write(event: FeedEvent, text?: string): void {
    if (event.kind === "gap" && !this.#rules.tellsGaps) {
      this.#gap = this.#gap ? joinGaps(this.#gap, event.gap) : event.gap;
      return;
    }
    const gap = this.#gap;
    if (event.kind === "message") this.#gap = undefined;
    if (!this.outlet.isOpen) return;
    const told = gap || text === undefined ? this.#rules.render(event, gap) : text;
    if (told === undefined) return;
    const template = this.outlet.template([told]);
    fillIn(template, this.outlet.slotText);
    this.outlet.stream.write(template.bytes);
    if (event.kind === "message") this.#rules.tally.delivered(1);
  }
}

/** Where a member is that does not keep up. */
interface Behind {
  readonly queue: EventQueue;
  readonly onDrain: () => void;
}
