import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

/**
 * Answers a request to upgrade with an HTTP status instead (RFC 6455 section 4.2.2). node:http has
 * let go of the socket by then, so its errors are nobody else's, and it is destroyed once told.
 */
export function refuseUpgrade(socket: Duplex, status: 400 | 403 | 404 | 429 | 503): void {
  socket.on("error", () => {});
  socket.once("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`);
}
