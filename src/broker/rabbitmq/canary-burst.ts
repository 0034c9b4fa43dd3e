import { FieldTimestamp, isFieldTable } from "../field-table.ts";
import type { Delivery } from "./wire/delivery.ts";

/** What one queue has dropped. */
export interface Overflow {
  /**
   * When the first was published, where it says so, else when the broker dropped it: to the second below,
   * on others' clocks.
   */
  readonly from: Date;
  /** How many; undefined where there may have been more than were seen. */
  readonly dropped: number | undefined;
}

/** So many stretches without a message end a burst; so many in all do, whatever comes. */
const QUIET_STRETCHES = 5;
const MAX_STRETCHES = 200;
/** The largest message that brokers take (RabbitMQ 4: 16 MiB by default). */
const LARGEST_BYTES = 16 * 1024 * 1024;

interface Watched {
  readonly tell: (overflow: Overflow) => void;
  from: Date | undefined;
  seen: number;
}

/** Counts dropped messages by the queue that dropped them, and tells each queue's share when it is quiet again. */
export class CanaryBurst {
  readonly #bounds: { readonly maxLength: number; readonly maxBytes: number };
  readonly #watched = new Map<string, Watched>();
  /** Since it was quiet: more can never have waited at once. */
  #messages = 0;
  #bytes = 0;
  #hasMissed = false;
  #stretches = 0;
  #quiet = 0;
  #isQuiet = true;

  /** `bounds` of the queue that the dropped messages wait in. */
  constructor(bounds: { maxLength: number; maxBytes: number }) {
    this.#bounds = bounds;
  }

  get isWatched(): boolean {
    return this.#watched.size > 0;
  }

  watch(queue: string, tell: (overflow: Overflow) => void): void {
    this.#watched.set(queue, { tell, from: undefined, seen: 0 });
  }

  /** What has not been told yet. */
  unwatch(queue: string): Overflow | undefined {
    const watched = this.#watched.get(queue);
    this.#watched.delete(queue);
    return watched && this.#overflowOf(watched);
  }

  count(message: Dropped): void {
    this.#isQuiet = false;
    this.#messages++;
    this.#bytes += message.body.length;
    const death = this.#deathOf(message);
    if (!death) return;
    const { watched, time } = death;
    watched.from ??= time;
    watched.seen++;
  }

  /** Some may have gone uncounted. */
  missed(): void {
    this.#hasMissed = true;
  }

  /** A stretch of time is over. True where the burst is, and everybody was told. */
  endStretch(): boolean {
    this.#stretches++;
    this.#quiet = this.#isQuiet ? this.#quiet + 1 : 0;
    this.#isQuiet = true;
    const isOver = this.#quiet >= QUIET_STRETCHES;
    if (!isOver && this.#stretches % MAX_STRETCHES > 0) return false;
    for (const watched of this.#watched.values()) {
      const overflow = this.#overflowOf(watched);
      watched.from = undefined;
      watched.seen = 0;
      if (overflow) watched.tell(overflow);
    }
    if (isOver) this.#reset();
    return isOver;
  }

  #reset(): void {
    this.#messages = this.#bytes = this.#stretches = this.#quiet = 0;
    this.#hasMissed = false;
  }

  #overflowOf({ from, seen }: Watched): Overflow | undefined {
    if (!from) return undefined;
    const { maxLength, maxBytes } = this.#bounds;
    const isExact =
      !this.#hasMissed && this.#messages <= maxLength && this.#bytes + LARGEST_BYTES <= maxBytes;
    return { from, dropped: isExact ? seen : undefined };
  }

  /** The newest death that is an overflow of a queue that is watched; a message may have died elsewhere before. */
  #deathOf({ headers, properties }: Dropped): { watched: Watched; time: Date } | undefined {
    // RabbitMQ, "Dead-Lettering Effects on Messages".
    const deaths = headers["x-death"];
    if (!Array.isArray(deaths)) return undefined;
    for (const death of deaths) {
      if (death === null || !isFieldTable(death) || death["reason"] !== "maxlen") continue;
      const { queue, time } = death;
      const watched = typeof queue === "string" ? this.#watched.get(queue) : undefined;
      if (!watched) continue;
      const droppedAt = time instanceof FieldTimestamp ? time.seconds * 1000 : undefined;
      return { watched, time: timeOf(properties.timestamp?.getTime(), droppedAt) };
    }
    return undefined;
  }
}

/** What of a dropped message is looked at. */
export type Dropped = Pick<Delivery, "body" | "headers" | "properties">;

/** The earlier of two times in milliseconds, either of which may be missing. */
function timeOf(...times: readonly (number | undefined)[]): Date {
  const known = times.filter((time) => time !== undefined && time > 0) as number[];
  return new Date(Math.min(...known, Date.now()));
}
