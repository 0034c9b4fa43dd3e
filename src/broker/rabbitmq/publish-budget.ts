/** What a message takes besides its body and headers: its objects, in bytes. */
const OVERHEAD_BYTES = 1024;

/** Exchanges that may be at their own bound at once before others are refused. */
const EXCHANGES_AT_THEIR_BOUND = 8;

/** What all messages to all exchanges hold of the process's memory, from their publish to their outcome. */
export class PublishBudget {
  readonly #mostBytes: number;
  #heldBytes = 0;

  /** `bytesAnExchange` is the bound that each exchange has for itself. */
  constructor(bytesAnExchange: number) {
    this.#mostBytes = EXCHANGES_AT_THEIR_BOUND * bytesAnExchange;
  }

  /** False, with nothing taken, where there is no room. */
  take(bodyBytes: number): boolean {
    const bytes = OVERHEAD_BYTES + bodyBytes;
    if (this.#heldBytes + bytes > this.#mostBytes) return false;
    this.#heldBytes += bytes;
    return true;
  }

  giveBack(bodyBytes: number): void {
    this.#heldBytes -= OVERHEAD_BYTES + bodyBytes;
  }
}
