/** What has bindings that may go without a word. */
export interface Probed {
  /** Makes sure of them. Never rejects. */
  probe(): Promise<void>;
}

/** The shortest time between two probes: 100 a second at most, however many taps there are. */
const SPACING_MS = 10;

/** Probes each tap of a connection every `everyMs`, one after another; with very many taps, as often as the spacing lets it. */
export class BindingProbe {
  readonly #everyMs: number;
  /** When each is due, on the clock of `performance.now`; the first is due first, or nearly so. */
  readonly #due = new Map<Probed, number>();
  #timer: NodeJS.Timeout | undefined;
  #isProbing = false;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  add(probed: Probed): void {
    // Spread, so that taps which were opened at once, here and elsewhere, are not probed at once for ever.
    this.#due.set(probed, performance.now() + this.#everyMs * (0.5 + Math.random() / 2));
    this.#schedule();
  }

  remove(probed: Probed): void {
    this.#due.delete(probed);
    if (this.#due.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Probes everybody as soon as the spacing lets it. */
  hurry(): void {
    const now = performance.now();
    for (const probed of this.#due.keys()) this.#due.set(probed, now);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#timer || this.#isProbing) return;
    const [first] = this.#due.values();
    if (first === undefined) return;
    const wait = Math.max(SPACING_MS, first - performance.now());
    this.#timer = setTimeout(() => void this.#probeFirst(), wait).unref();
  }

  async #probeFirst(): Promise<void> {
    this.#timer = undefined;
    const [first] = this.#due.keys();
    if (!first) return;
    this.#isProbing = true;
    // Taken out and put in again: it goes to the end of the line.
    this.#due.delete(first);
    this.#due.set(first, performance.now() + this.#everyMs);
    await first.probe();
    this.#isProbing = false;
    this.#schedule();
  }
}
