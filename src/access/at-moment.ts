/** The longest that Node.js waits, in milliseconds ("Timers", `setTimeout`): what is further away takes several turns. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Calls `act` when it is `moment` (milliseconds since the epoch) by the system's clock, and never before. Keeps
 * no process alive. Returns what calls it off.
 */
export function atMoment(moment: number, act: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = () => {
    const left = Math.max(0, moment - Date.now());
    timer = setTimeout(look, Math.min(left, LONGEST_MS)).unref();
  };
  const look = () => {
    if (Date.now() < moment) wait();
    else act();
  };
  wait();
  return () => clearTimeout(timer);
}
