/** What became of one attempt to publish a message. `failed`: its publisher was told that it was not sent. */
export type Outcome = "acknowledged" | "unknown" | "failed";

/** What a run adds up to, as Jepsen's total-queue checker counts: numbers of messages. */
export interface Balance {
  readonly attempted: number;
  readonly acknowledged: number;
  readonly unknown: number;
  readonly failed: number;
  readonly received: number;
  /** Acknowledged, and never received. */
  readonly lost: number;
  /** Received, and never attempted. */
  readonly unexpected: number;
  /** Received, although its publisher was told of every attempt that it was not sent. */
  readonly denied: number;
  /** Received more than once. */
  readonly duplicated: number;
  /** Received more often than it was attempted with unknown outcome, and acknowledged. */
  readonly overdone: number;
  /** Of unknown outcome, and received. */
  readonly recovered: number;
}

type Count = keyof Balance;

/** A message's attempts and what came of them. */
class Entry {
  attempts = 0;
  acknowledgements = 0;
  failures = 0;
  copies = 0;

  /** Under which counts it is one. */
  get counts(): Readonly<Record<Count, boolean>> {
    // An attempt that has no outcome is one whose outcome is unknown.
    const unknowns = this.attempts - this.acknowledgements - this.failures;
    const wasAttempted = this.attempts > 0;
    const isAcknowledged = this.acknowledgements > 0;
    const isUnknown = !isAcknowledged && unknowns > 0;
    const isFailed = wasAttempted && this.failures === this.attempts;
    const isReceived = this.copies > 0;
    return {
      attempted: wasAttempted,
      acknowledged: isAcknowledged,
      unknown: isUnknown,
      failed: isFailed,
      received: isReceived,
      lost: isAcknowledged && !isReceived,
      unexpected: !wasAttempted && isReceived,
      denied: isFailed && isReceived,
      duplicated: this.copies > 1,
      // A retry of what was acknowledged is answered, and not published again.
      overdone: this.copies > Math.max(1, unknowns + (isAcknowledged ? 1 : 0)),
      recovered: isUnknown && isReceived,
    };
  }
}

/** What must be nobody's fate. A duplicate may be: of a message that was retried because its outcome was unknown. */
const FORBIDDEN = ["lost", "unexpected", "denied", "overdone"] as const;

const NOTHING: Record<Count, number> = {
  attempted: 0,
  acknowledged: 0,
  unknown: 0,
  failed: 0,
  received: 0,
  lost: 0,
  unexpected: 0,
  denied: 0,
  duplicated: 0,
  overdone: 0,
  recovered: 0,
};

/** The books of one queue, or of whatever else keeps all that is published: by message id. */
export class Books {
  readonly name: string;
  readonly #entries = new Map<string, Entry>();

  constructor(name: string) {
    this.name = name;
  }

  /** Before each attempt to publish it, the first and every retry. */
  attempted(id: string): void {
    this.#entry(id).attempts++;
  }

  /** After an attempt. */
  ended(id: string, outcome: Outcome): void {
    if (outcome === "acknowledged") this.#entry(id).acknowledgements++;
    if (outcome === "failed") this.#entry(id).failures++;
  }

  received(id: string): void {
    this.#entry(id).copies++;
  }

  get balance(): Balance {
    const balance = { ...NOTHING };
    for (const entry of this.#entries.values())
      for (const [what, isSo] of Object.entries(entry.counts)) if (isSo) balance[what as Count]++;
    return balance;
  }

  /** Some of the messages that are `what`. */
  examples(what: Count): readonly string[] {
    return this.#ids(what).slice(0, 5);
  }

  /** One line for people. */
  get summary(): string {
    const counted = Object.entries(this.balance).map(([what, count]) => `${what} ${count}`);
    return `books of ${this.name}: ${counted.join(", ")}`;
  }

  #ids(what: Count): string[] {
    return [...this.#entries].filter(([, { counts }]) => counts[what]).map(([id]) => id);
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id) ?? new Entry();
    this.#entries.set(id, entry);
    return entry;
  }
}

/** Prints the books. Throws where anything is lost, unexpected, denied, or received too often. */
export function expectBalanced(books: Books): void {
  process.stdout.write(`${books.summary}\n`);
  const { balance } = books;
  const wrong = FORBIDDEN.filter((what) => balance[what] > 0).map(
    (what) => `${what} ${balance[what]}, such as ${books.examples(what).join(", ")}`,
  );
  if (wrong.length > 0) throw new Error(`${books.name}: ${wrong.join("; ")}`);
}
