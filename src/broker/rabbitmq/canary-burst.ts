import type { ConsumeMessage } from "amqplib";

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

  count(message: ConsumeMessage): void {
    this.#isQuiet = false;
    this.#messages++;
    this.#bytes += message.content.length;
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
  #deathOf({ properties }: ConsumeMessage): { watched: Watched; time: Date } | undefined {
    const deaths: unknown = properties.headers?.["x-death"];
    if (!Array.isArray(deaths)) return undefined;
    for (const death of deaths as readonly Death[]) {
      const watched = death.reason === "maxlen" ? this.#watched.get(death.queue) : undefined;
      if (watched) return { watched, time: timeOf(properties.timestamp, death.time?.value) };
    }
    return undefined;
  }
}

/** The earlier of two times in seconds, either of which may be missing. */
function timeOf(...seconds: readonly unknown[]): Date {
  const known = seconds.map(Number).filter((value) => value > 0);
  return new Date(Math.min(...known, Date.now() / 1000) * 1000);
}

/** RabbitMQ, "Dead-Lettering Effects on Messages", as amqplib reads it. */
interface Death {
  readonly reason: string;
  readonly queue: string;
  readonly time?: { readonly value: number };
}
