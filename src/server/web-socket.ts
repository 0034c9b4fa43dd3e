import { WebSocket, type RawData } from "ws";

/** RFC 6455 section 7.4.1 and its registry: the server restarts, come back. */
export const SERVICE_RESTART = 1012;

/** A WebSocket that tells beforehand of the Close frame that it is about to send, whoever is the first to close. */
export class GatewaySocket extends WebSocket {
  onClosing?: () => void;

  override close(code?: number, reason?: string | Buffer): void {
    this.onClosing?.();
    super.close(code, reason);
  }
}

/** A message's text, in whichever form ws has it. */
export function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString();
  return data instanceof ArrayBuffer ? Buffer.from(data).toString() : data.toString();
}

/** Resolves when the text has been handed over, or where there is nobody left to hand it to. */
export async function send(socket: WebSocket, text: string): Promise<void> {
  if (socket.readyState !== socket.OPEN) return;
  await new Promise<void>((resolve) => socket.send(text, () => resolve()));
}

/** Closes with 1012, and cuts the socket where the client has not closed after `timeoutMs`. */
export async function closeSocket(socket: WebSocket, timeoutMs: number): Promise<void> {
  if (socket.readyState === socket.CLOSED) return;
  await new Promise<void>((resolve) => {
    const overdue = setTimeout(() => socket.terminate(), timeoutMs);
    socket.once("close", () => {
      clearTimeout(overdue);
      resolve();
    });
    socket.close(SERVICE_RESTART, "Service restart");
  });
}
