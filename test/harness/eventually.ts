import { setTimeout as delay } from "node:timers/promises";

export interface Patience {
  readonly timeoutMs?: number;
  readonly intervalMs?: number;
  /** Ends the trying before its time. */
  readonly signal?: AbortSignal;
}

/**
 * Tries `assertion` until it holds, and resolves with what it returned. Rejects with its last failure
 * once `timeoutMs` have passed. The one place of the tests that polls: for the state of another process,
 * of which no event tells.
 */
export async function eventually<T>(
  assertion: () => T | Promise<T>,
  { timeoutMs = 5_000, intervalMs = 20, signal }: Patience = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (performance.now() >= deadline) throw error;
    }
    await delay(intervalMs, undefined, signal === undefined ? {} : { signal });
  }
}
