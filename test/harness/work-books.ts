/** What is decided of a message: that it gets done, or that it ends as a dead letter. */
export type Decision = "done" | "dead";

interface Entry {
  readonly decided: Decision;
  handedOut: number;
  /** How often it was asked to be settled as decided; whether it was may never have been answered. */
  settled: number;
}

/**
 * The books of a work queue: of each message what was decided, and what became of it. At least once: a message may be
 * handed out again after it was settled, where the settlement did not reach the broker; it may not be lost, nor end otherwise.
 */
export class WorkBooks {
  readonly #entries = new Map<string, Entry>();

  /** Before it is handed out. */
  published(id: string, decided: Decision): void {
    this.#entries.set(id, { decided, handedOut: 0, settled: 0 });
  }

  decisionOf(id: string): Decision {
    return this.#entry(id).decided;
  }

  handedOut(id: string): void {
    this.#entry(id).handedOut++;
  }

  /** The gateway is asked to settle it; where that does not come to pass, it is handed out again. */
  done(id: string): void {
    this.#entry(id).settled++;
  }

  /** Messages that are decided to get done, and have not been. */
  get undone(): readonly string[] {
    return this.#ids(({ decided, settled }) => decided === "done" && settled === 0);
  }

  get again(): number {
    return this.#ids(({ handedOut }) => handedOut > 1).length;
  }

  /** What is wrong, given what is in the queue and among the dead letters at the end; empty where nothing is. */
  faults({ left, dead }: { left: readonly string[]; dead: readonly string[] }): readonly string[] {
    const buried = new Set(dead);
    return [
      ...left.map((id) => `${id} is left`),
      ...this.undone.map((id) => `${id} was never done`),
      ...this.#ids(({ decided }, id) => decided === "dead" && !buried.has(id)).map(
        (id) => `${id} is lost: it is no dead letter`,
      ),
      ...[...buried]
        .filter((id) => this.#entries.get(id)?.decided !== "dead")
        .map((id) => `${id} is a dead letter`),
    ];
  }

  #ids(matches: (entry: Entry, id: string) => boolean): string[] {
    return [...this.#entries].filter(([id, entry]) => matches(entry, id)).map(([id]) => id);
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id);
    if (!entry) throw new Error(`${id} was handed out, and never published`);
    return entry;
  }
}
