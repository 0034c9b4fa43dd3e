import { connect, type Socket } from "node:net";

/** Sockets read into one memory, one after the other: nothing is allocated for what is only counted. */
const SHARED_MEMORY = Buffer.allocUnsafeSlow(256 * 1024);

export interface RawSocketListener {
  connected(): void;
  /** The bytes are only there for the time of the call. */
  received(bytes: Buffer): void;
  failed(why: Error): void;
}

/** Dials `port` of 127.0.0.1, without Nagle's delay. */
export function rawSocket(port: number, listener: RawSocketListener): Socket {
  const socket = connect({
    port,
    host: "127.0.0.1",
    noDelay: true,
    onread: {
      buffer: SHARED_MEMORY,
      callback: (length) => {
        listener.received(SHARED_MEMORY.subarray(0, length));
        return true;
      },
    },
  });
  socket.once("connect", () => listener.connected());
  socket.once("error", (error) => listener.failed(error));
  socket.once("close", () => listener.failed(new Error("the connection was closed")));
  return socket;
}

/** Where the head of an HTTP message ends, with the empty line; -1 where it has not come yet. */
export function endOfHead(bytes: Buffer): number {
  const place = bytes.indexOf("\r\n\r\n");
  return place < 0 ? -1 : place + 4;
}
