import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";

/** A request whose body has been read, as one that still can be. */
export function replayedRequest(request: IncomingMessage, body: Buffer) {
  const { method, url, headers, socket } = request;
  return Object.assign(Readable.from([body], { objectMode: false }), {
    method,
    url,
    headers,
    socket,
  });
}
