import { setTimeout as wait } from "node:timers/promises";
import { backoff } from "./backoff.ts";

/** The longest wait between two tries on a connection that is there, in milliseconds. */
const RETRY_MAX_MS = 2_000;

interface Hooks {
  /** Whether there is anything to restore. */
  readonly isNeeded: () => boolean;
  readonly hasConnection: () => boolean;
  /** One try. */
  readonly restore: () => Promise<void>;
  /** A try has failed; false where another would say the same. */
  readonly isToBeTriedAgain: (error: unknown) => boolean | Promise<boolean>;
}

/** Restores what hangs on a connection, trying again until it is there: never two tries at once. */
export class Restoration {
  readonly #hooks: Hooks;
  readonly #minMs: number;
  readonly #signal: AbortSignal;
  #isUnderWay = false;
  #settled = Promise.resolve();

  /** `minMs` is the shortest wait between two tries; `signal` ends the wait. */
  constructor(hooks: Hooks, { minMs, signal }: { minMs: number; signal: AbortSignal }) {
    this.#hooks = hooks;
    this.#minMs = minMs;
    this.#signal = signal;
  }

  /** To be called when it has been lost, and whenever there is a new connection. */
  start(): void {
    if (this.#isUnderWay || !this.#hooks.isNeeded()) return;
    this.#isUnderWay = true;
    this.#settled = this.#untilRestored();
  }

  /** Resolves when nothing is under way. Never rejects. */
  settled(): Promise<void> {
    return this.#settled;
  }

  async #untilRestored(): Promise<void> {
    const { isNeeded, hasConnection, restore, isToBeTriedAgain } = this.#hooks;
    for (let attempt = 0; isNeeded(); attempt++) {
      const hadConnection = hasConnection();
      try {
        await restore();
      } catch (error) {
        if (!(await isToBeTriedAgain(error))) break;
        // Without a connection there is nothing to wait for here: the next one calls `start`.
        if (!hadConnection && !hasConnection()) break;
        const delay = backoff(attempt, this.#minMs, RETRY_MAX_MS);
        await wait(delay, undefined, { signal: this.#signal }).catch(() => {});
      }
    }
    // Set here and not by a callback of the promise: a new connection may ask before that runs.
    this.#isUnderWay = false;
  }
}
