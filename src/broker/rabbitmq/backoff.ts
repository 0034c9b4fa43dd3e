/**
 * The wait before reconnection attempt `attempt` (0 is the first), in milliseconds: doubling from
 * `minMs` to `maxMs`, each spread by half either way so that many instances do not return at once.
 */
export function backoff(
  attempt: number,
  minMs: number,
  maxMs: number,
  random: () => number = Math.random,
): number {
  const doubled = Math.min(maxMs, minMs * 2 ** Math.min(attempt, 30));
  return Math.min(maxMs, doubled * (0.5 + random()));
}
