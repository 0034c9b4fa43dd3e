import type { Published } from "./publisher.ts";

/** A stretch in which a subscriber was told, or could see, that messages may be missing. Times as in {@link Published}. */
export interface Marker {
  /** The cause of a gap, or "AWAY" where the subscriber's own connection was lost. */
  readonly cause: string;
  readonly from: number;
  readonly until: number;
}

/** Numbers of a publisher that had not come when a later one did, and the markers that came in between. */
interface Hole {
  readonly publisher: string;
  readonly first: number;
  readonly last: number;
  readonly markers: readonly Marker[];
}

interface Progress {
  last: number;
  /** How many markers there had been at the last message. */
  markers: number;
}

/** What a subscriber has received of each publisher, in which order, and what it was told is missing. */
export class Coverage {
  readonly markers: Marker[] = [];
  received = 0;
  readonly #progress = new Map<string, Progress>();
  readonly #holes: Hole[] = [];
  /** Numbers that came after a later one, or again. */
  readonly #late = new Map<string, number[]>();

  /** Message `number` of `publisher` has come; numbers begin at 1. */
  message(publisher: string, number: number): void {
    this.received++;
    const progress = this.#progress.get(publisher) ?? { last: 0, markers: 0 };
    this.#progress.set(publisher, progress);
    if (number <= progress.last) {
      const late = this.#late.get(publisher) ?? [];
      this.#late.set(publisher, [...late, number]);
      return;
    }
    if (number > progress.last + 1)
      this.#holes.push({
        publisher,
        first: progress.last + 1,
        last: number - 1,
        markers: this.markers.slice(progress.markers),
      });
    progress.last = number;
    progress.markers = this.markers.length;
  }

  marker(marker: Marker): void {
    this.markers.push(marker);
  }

  /** The latest number of `publisher` that has come, 0 where none has. */
  latest(publisher: string): number {
    return this.#progress.get(publisher)?.last ?? 0;
  }

  /**
   * What contradicts the promises, in words: an acknowledged message that is missing although no marker between its
   * neighbours contains it, one that came out of its order, one that came twice. `slackMs` is how long a message may
   * have been on its way when a marker began.
   */
  violations(published: ReadonlyMap<string, readonly Published[]>, slackMs: number): string[] {
    return [...published].flatMap(([publisher, messages]) => [
      ...this.#uncovered(publisher, messages, slackMs),
      ...this.#outOfOrder(publisher, messages),
    ]);
  }

  #uncovered(publisher: string, messages: readonly Published[], slackMs: number): string[] {
    const late = new Set(this.#late.get(publisher));
    return this.#holes
      .filter((hole) => hole.publisher === publisher)
      .flatMap(({ first, last, markers }) =>
        messages
          .slice(first - 1, last)
          .filter(({ outcome, number }) => outcome === "acknowledged" && !late.has(number))
          .filter((message) => !markers.some((marker) => contains(marker, message, slackMs)))
          .map(
            ({ id, sentAt, endedAt }) =>
              `${id}, sent ${time(sentAt)}, acknowledged ${time(endedAt)}, is missing, and the markers there are ` +
              `[${markers.map((it) => `${it.cause} ${time(it.from)} to ${time(it.until)}`).join(", ")}]`,
          ),
      );
  }

  #outOfOrder(publisher: string, messages: readonly Published[]): string[] {
    return (this.#late.get(publisher) ?? []).flatMap((number) => {
      const message = messages[number - 1];
      // One of unknown outcome may be on its way still, or come again where it was retried.
      const mayBeLate = message && (message.attempts > 1 || message.outcome === "unknown");
      return mayBeLate ? [] : [`${publisher}:${number} came late, or again`];
    });
  }
}

/** Whether the message may have been taken by the broker within the marker's bounds. */
function contains(marker: Marker, { sentAt, endedAt }: Published, slackMs: number): boolean {
  return sentAt <= marker.until && endedAt >= marker.from - slackMs;
}

function time(ms: number): string {
  return new Date(ms).toISOString().slice(11, 23);
}
