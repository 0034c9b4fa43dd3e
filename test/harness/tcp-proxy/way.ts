import { Transform } from "node:stream";
import type { Toxics } from "./toxics.ts";

/** A piece under a bandwidth has what passes in so many milliseconds. */
const PIECE_MS = 20;

/** One direction of a connection. The toxics are asked for at each piece, so they may change at any time. */
export class Way extends Transform {
  readonly #toxics: () => Toxics;
  readonly #late: (() => void)[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  #lastDueAt = 0;
  #lost = false;

  constructor(toxics: () => Toxics) {
    super();
    this.#toxics = toxics;
  }

  /** It has swallowed something: what comes after makes no sense to its reader. */
  get isLost(): boolean {
    if (this.#toxics().blackhole) this.#lost = true;
    return this.#lost;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, taken: () => void): void {
    this.#pass(chunk, taken);
  }

  override _flush(done: () => void): void {
    if (this.isLost) return;
    this.#inMs(this.#toxics().slowClose?.ms ?? 0, () => this.#arrives(done));
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    for (const timer of this.#timers) clearTimeout(timer);
    done(error);
  }

  /** Piece by piece; `taken` is called after the last, so that a slow way slows its sender. */
  #pass(chunk: Buffer, taken: () => void): void {
    let rest = chunk;
    while (rest.length > 0 && !this.isLost) {
      const { length, afterMs } = this.#nextPiece(rest.length);
      const [piece, others] = [rest.subarray(0, length), rest.subarray(length)];
      if (afterMs > 0) {
        this.#inMs(afterMs, () => {
          this.#arrives(() => this.push(piece));
          this.#pass(others, taken);
        });
        return;
      }
      this.#arrives(() => this.push(piece));
      rest = others;
    }
    taken();
  }

  #nextPiece(left: number): { length: number; afterMs: number } {
    const { bandwidth, slicer } = this.#toxics();
    const bytesPerMs = (bandwidth?.bytesPerSecond ?? Infinity) / 1000;
    const length = Math.min(
      left,
      slicer?.bytes ?? Infinity,
      Math.max(1, Math.floor(bytesPerMs * PIECE_MS)),
    );
    return { length, afterMs: length / bytesPerMs + (slicer?.delayMs ?? 0) };
  }

  /** Late, where there is a latency; never before what has been on its way for longer. */
  #arrives(arrive: () => void): void {
    const { ms = 0, jitterMs = 0 } = this.#toxics().latency ?? {};
    const now = performance.now();
    const dueAt = Math.max(this.#lastDueAt, now + ms + (2 * Math.random() - 1) * jitterMs);
    if (dueAt <= now && this.#late.length === 0) {
      arrive();
      return;
    }
    this.#lastDueAt = dueAt;
    this.#late.push(arrive);
    // Whichever timer is first, what came first goes first.
    this.#inMs(dueAt - now, () => this.#late.shift()?.());
  }

  #inMs(ms: number, work: () => void): void {
    if (ms <= 0) {
      work();
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, ms);
    this.#timers.add(timer);
  }
}
