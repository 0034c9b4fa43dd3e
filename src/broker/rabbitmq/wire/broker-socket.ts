import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { DialTarget } from "../dial-target.ts";

/**
 * Dials; over TLS where the target says so, and then with the certificate checked. Not yet connected.
 * Throws where certificate and key cannot be used.
 */
export function dialSocket({ isTls, host, port, tls }: DialTarget): Socket {
  const socket = isTls ? connectTls({ host, port, ...tls }) : connect({ host, port });
  // A confirm is waited for: nothing may be held back for the next packet.
  return socket.setNoDelay(true).setKeepAlive(true);
}
