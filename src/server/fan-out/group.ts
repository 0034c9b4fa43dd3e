import { locatedError, type FieldNode, type GraphQLError } from "graphql";
import type { Held } from "../../access/hold.ts";
import type { SubscriberBounds } from "../../feed/event-queue.ts";
import type { FeedEvent, Gap } from "../../feed/feed-event.ts";
import type { Membership, Subscriber } from "../../feed/shared-tap.ts";
import type { Tally } from "../../feed/tally.ts";
import type { GatewayContext } from "../../schema/context.ts";
import type { EventRenderer } from "./event-renderer.ts";
import { BATCH_SHARE, Member, type MemberRules } from "./member.ts";
import { Members } from "./members.ts";
import type { Outlet } from "./outlet.ts";

/** A batch of events is written at the latest when it has so many bytes of bodies, or its share of a small bound. */
const BATCH_BYTES = 128 * 1024;

export interface GroupOptions {
  /** The operation's root field, which errors are located at. */
  readonly field: FieldNode;
  readonly renderer: EventRenderer;
  /** What the subscription's resolver takes for an event; undefined where it is told nothing. */
  readonly sourceOf: (event: FeedEvent, gap: Gap | undefined) => unknown;
  /** Gaps and liveness are events of their own. */
  readonly tellsGaps: boolean;
  readonly bounds: SubscriberBounds;
  readonly tally: Tally;
  /** A place at the tap, for all members together. */
  readonly join: (subscriber: Subscriber) => Membership;
  /**
   * What one of them needs to join, which each must have: rejects where it may not. Undefined where
   * nobody needs anything.
   */
  readonly admit: (context: GatewayContext) => Promise<Held> | undefined;
  /** Nobody is left, and nobody can join any more. */
  readonly onEmpty: () => void;
}

/**
 * Everyone who has asked the same: an event is rendered once, made into bytes once for each length
 * of operation id, and written to each socket, all events of one turn in one write.
 */
export class Group {
  readonly #options: GroupOptions;
  readonly #members = new Members();
  readonly #rules: MemberRules;
  #membership?: Membership | undefined;
  /** Why nobody can join, where it is interrupted or has ended. */
  #obstacle?: Error;
  #state: "opening" | "live" | "interrupted" | "over" = "opening";
  /** How many are about to be members. */
  #joining = 0;
  #batch: FeedEvent[] = [];
  #batchBytes = 0;
  readonly #flushBatch = (): void => this.#flush();
  readonly #maxBatchBytes: number;

  constructor(options: GroupOptions) {
    this.#options = options;
    const { bounds, tally, tellsGaps } = options;
    this.#rules = {
      bounds,
      tally,
      tellsGaps,
      render: (event, gap) => this.#render(event, gap),
      leave: (member) => this.#leave(member),
    };
    this.#maxBatchBytes = Math.min(BATCH_BYTES, options.bounds.maxBytes * BATCH_SHARE);
  }

  /**
   * Resolves, once live, with an iteration that yields nothing (the bytes go past it), is over when
   * the operation is, and rejects where that ends in an error. A GraphQLError where it cannot begin.
   */
  async subscribe(
    outlet: Outlet,
    context: GatewayContext,
  ): Promise<AsyncIterableIterator<never> | GraphQLError> {
    try {
      return await this.#subscribe(outlet, context);
    } catch (error) {
      const { alias, name } = this.#options.field;
      return locatedError(error, [this.#options.field], [(alias ?? name).value]);
    }
  }

  async #subscribe(outlet: Outlet, context: GatewayContext): Promise<AsyncIterableIterator<never>> {
    this.#joining++;
    let hold: Held | undefined;
    try {
      hold = await this.#options.admit(context);
      const membership = this.#join();
      const isFirst = this.#state === "opening";
      await (isFirst ? membership.ready : membership.confirm());
      if (this.#state !== "live") throw this.#obstacle;
      if (hold?.why) throw hold.why;
      return this.#add(outlet, hold);
    } catch (error) {
      hold?.release();
      throw error;
    } finally {
      this.#joining--;
      this.#overIfEmpty();
    }
  }

  #add(outlet: Outlet, hold: Held | undefined): AsyncIterableIterator<never> {
    // What is in the batch came before.
    this.#flush();
    const member = new Member(outlet, this.#rules, hold);
    this.#members.add(member);
    hold?.onRevoked((why) => this.#expel(member, why));
    this.#options.tally.joined();
    member.take({ kind: "live", since: new Date() });
    return member;
  }

  #join(): Membership {
    if (this.#membership) return this.#membership;
    this.#membership = this.#options.join(this.#subscriber());
    this.#membership.ready.catch(() => this.#over());
    return this.#membership;
  }

  #render(event: FeedEvent, gap: Gap | undefined): string | undefined {
    const source = this.#options.sourceOf(event, gap);
    return source === undefined ? undefined : this.#options.renderer.render(source);
  }

  #subscriber(): Subscriber {
    return {
      live: () => {
        this.#state = "live";
      },
      message: (message) => {
        if (this.#batch.length === 0) process.nextTick(this.#flushBatch);
        this.#batch.push({ kind: "message", message });
        this.#batchBytes += message.body.length;
        if (this.#batchBytes >= this.#maxBatchBytes) this.#flush();
      },
      interrupted: (why) => {
        this.#state = "interrupted";
        this.#obstacle = why;
      },
      gap: (gap) => {
        this.#state = "live";
        this.#tell({ kind: "gap", gap });
      },
      ended: (error) => {
        this.#obstacle = error;
        this.#flush();
        const members = this.#members.clear();
        this.#over();
        for (const member of members) {
          this.#options.tally.left();
          member.hold?.release();
          member.finish();
          member.fail(error);
        }
      },
    };
  }

  /** News for each member by itself: rare, and not the same for all. */
  #tell(event: FeedEvent): void {
    this.#flush();
    for (const member of this.#members) member.take(event);
  }

  #flush(): void {
    if (this.#batch.length === 0) return;
    const events = this.#batch;
    this.#batch = [];
    this.#batchBytes = 0;
    const texts = events.map((event) => this.#render(event, undefined) ?? "");
    const written = this.#members.write(texts, (member) => {
      for (const [place, event] of events.entries()) member.take(event, texts[place]);
    });
    this.#options.tally.delivered(written * events.length);
  }

  #leave(member: Member): void {
    member.hold?.release();
    member.stop();
    if (this.#members.delete(member)) this.#options.tally.left();
    this.#overIfEmpty();
  }

  /** Tells it nothing more, and why. */
  #expel(member: Member, why: Error): void {
    this.#leave(member);
    member.fail(why);
  }

  #overIfEmpty(): void {
    if (this.#members.isEmpty && this.#joining === 0) this.#over();
  }

  #over(): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#batch = [];
    this.#membership?.leave();
    this.#options.onEmpty();
  }
}
