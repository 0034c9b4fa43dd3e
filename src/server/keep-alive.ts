import type { WebSocket } from "ws";

/**
 * Pings a socket every `intervalMs` (RFC 6455 section 5.5.2), and cuts it where the pong to one ping
 * has not come by the time of the next. Returns what stops it.
 */
export function keepAlive(socket: WebSocket, intervalMs: number): () => void {
  let answered = true;
  socket.on("pong", () => {
    answered = true;
  });
  const timer = setInterval(() => {
    if (socket.readyState !== socket.OPEN) return;
    if (!answered) {
      socket.terminate();
      return;
    }
    answered = false;
    socket.ping();
  }, intervalMs);
  return () => clearInterval(timer);
}
