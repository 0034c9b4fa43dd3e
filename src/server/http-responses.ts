import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { closeSpread } from "./spread.ts";

/**
 * The HTTP responses that are under way, so that stopping can let them finish and end the streams. Kept
 * by socket: a Set of responses would be rebuilt every few dozen requests, and V8 lets each such rebuild hold
 * on to the requests before it, until it collects the whole heap.
 */
export class HttpResponses {
  readonly #bySocket = new Map<Socket, ServerResponse[]>();

  add(response: ServerResponse): void {
    const open = this.#of(response.req.socket);
    open.push(response);
    // A client that goes away is no error of ours, and nobody else listens.
    response.on("error", () => {});
    response.once("close", () => open.splice(open.indexOf(response), 1));
  }

  #of(socket: Socket): ServerResponse[] {
    let open = this.#bySocket.get(socket);
    if (!open) {
      this.#bySocket.set(socket, (open = []));
      socket.once("close", () => this.#bySocket.delete(socket));
    }
    return open;
  }

  get #open(): ServerResponse[] {
    return [...this.#bySocket.values()].flat();
  }

  /**
   * Ends event streams, which have no end of their own, spread over `windowMs`, and resolves when every
   * response has gone out; one that has not `timeoutMs` later, because its reader has stopped reading,
   * is destroyed.
   */
  async finish(windowMs: number, timeoutMs: number): Promise<void> {
    const closed = this.#open.map(
      (response) => new Promise<void>((resolve) => response.once("close", resolve)),
    );
    // Half a request is nothing that could be answered.
    for (const response of this.#open)
      if (!isStreaming(response) && !response.req.complete) response.destroy();
    await closeSpread(this.#open.filter(isStreaming), windowMs, (response) => {
      response.end();
    });
    const overdue = setTimeout(() => {
      for (const response of this.#open) response.destroy();
    }, timeoutMs);
    await Promise.all(closed);
    clearTimeout(overdue);
  }
}

/** Every other response ends in the same turn in which it begins. */
function isStreaming(response: ServerResponse): boolean {
  return response.headersSent && !response.writableEnded;
}
