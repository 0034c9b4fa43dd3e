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
 * Reads into one buffer and hands on copies of their right size. Node would allocate the most for each read and cut it
 * down, which takes longer than to copy it, and leaves holes in the memory of a process whose messages wait.
 */
function readingInto(buffer: Buffer, onRead: (chunk: Buffer) => void): OnReadOpts {
  return {
    buffer,
    callback(bytes) {
      onRead(Buffer.from(buffer.subarray(0, bytes)));
      return true;
    },
  };
}
