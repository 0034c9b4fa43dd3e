import type { Duplex } from "node:stream";
import { WebSocket, type RawData } from "ws";

/** RFC 6455 section 7.4.1 and its registry: the server restarts, come back. */
export const SERVICE_RESTART = 1012;

/** RFC 6455 section 5.5: what a Close frame has room for, in bytes. */
const REASON_BYTES = 123;

/** A WebSocket that tells beforehand of the Close frame that it is about to send, whoever is the first to close. */
export class GatewaySocket extends WebSocket {
  onClosing?: () => void;

  /** Of a reason that is too long for a Close frame goes out what fits. */
  override close(code?: number, reason?: string | Buffer): void {
    this.onClosing?.();
    super.close(code, reason === undefined ? undefined : fitting(String(reason)));
  }
}

/** As much of a text as a Close frame has room for, in whole characters. */
function fitting(text: string): string {
  return new TextDecoder().decode(Buffer.from(text).subarray(0, REASON_BYTES), { stream: true });
}

/** A message's text, in whichever form ws has it. */
export function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString();
  return data instanceof ArrayBuffer ? Buffer.from(data).toString() : data.toString();
}

/**
 * Sends a text; what is sent within one turn goes out in one write. Resolves at once, or where
 * `stream`, the raw socket, is full: when the text has been handed over, or there is nobody left to
 * hand it to.
 */
export function send(socket: WebSocket, stream: Duplex, text: string): Promise<void> | undefined {
  if (socket.readyState !== socket.OPEN) return undefined;
  if (stream.writableCorked === 0) {
    stream.cork();
    process.nextTick(uncork, stream);
  }
  if (!stream.writableNeedDrain) {
    socket.send(text);
    return undefined;
  }
  return new Promise<void>((resolve) => socket.send(text, () => resolve()));
}

function uncork(stream: Duplex): void {
  stream.uncork();
}

/** Closes with a code, and cuts the socket where the client has not closed after `timeoutMs`. */
export async function closeSocket(
  socket: WebSocket,
  timeoutMs: number,
  code: number,
  reason: string,
): Promise<void> {
  if (socket.readyState === socket.CLOSED) return;
  await new Promise<void>((resolve) => {
    const overdue = setTimeout(() => socket.terminate(), timeoutMs);
    socket.once("close", () => {
      clearTimeout(overdue);
      resolve();
    });
    socket.close(code, reason);
  });
}
