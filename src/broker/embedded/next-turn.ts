let turn: Promise<void> | undefined;

/**
 * Resolves on the next turn of the event loop; all who ask within one turn share it. Answers take
 * this way, as they would from a broker over a network, so that a loop of awaited publishes leaves
 * sockets and timers their turn.
 */
export function nextTurn(): Promise<void> {
  turn ??= new Promise((resolve) => {
    setImmediate(() => {
      turn = undefined;
      resolve();
    });
  });
  return turn;
}
