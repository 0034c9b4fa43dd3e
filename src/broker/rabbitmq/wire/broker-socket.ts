import { connect, type OnReadOpts, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { DialTarget } from "../dial-target.ts";

/** Of one read at the most: what Node's own reads take. */
const READ_BYTES = 64 * 1024;

/**
 * Dials; over TLS where the target says so, and then with the certificate checked. Not yet connected. `onRead` takes
 * what is read, which is then its own.
 * Throws where certificate and key cannot be used.
 */
export function dialSocket(
  { isTls, host, port, tls }: DialTarget,
  onRead: (chunk: Buffer) => void,
): Socket {
  const endpoint = { host, port, onread: readingInto(Buffer.allocUnsafeSlow(READ_BYTES), onRead) };
  const socket = isTls ? connectTls({ ...endpoint, ...tls }) : connect(endpoint);
  // A confirm is waited for: nothing may be held back for the next packet.
  return socket.setNoDelay(true).setKeepAlive(true);
}

/**
 * Reads into one buffer and hands on copies of their right size, each in memory of its own: what waits keeps no more
 * than was read with it. Node would allocate the most for each read and cut it down, which takes longer.
 */
function readingInto(buffer: Buffer, onRead: (chunk: Buffer) => void): OnReadOpts {
  return {
    buffer,
    callback(bytes) {
      const chunk = Buffer.allocUnsafeSlow(bytes);
      buffer.copy(chunk, 0, 0, bytes);
      onRead(chunk);
      return true;
    },
  };
}
