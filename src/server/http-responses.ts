import type { ServerResponse } from "node:http";

/** The HTTP responses that are under way, so that stopping can let them finish and end the streams. */
export class HttpResponses {
  readonly #open = new Set<ServerResponse>();

  add(response: ServerResponse): void {
    this.#open.add(response);
    // A client that goes away is no error of ours, and nobody else listens.
    response.on("error", () => {});
    response.once("close", () => this.#open.delete(response));
  }

  /**
   * Ends event streams, which have no end of their own, and resolves when every response has gone
   * out; one that has not after `timeoutMs`, because its reader has stopped reading, is destroyed.
   */
  async finish(timeoutMs: number): Promise<void> {
    const closed = [...this.#open].map(
      (response) => new Promise<void>((resolve) => response.once("close", resolve)),
    );
    for (const response of this.#open) {
      if (isStreaming(response)) response.end();
      // Half a request is nothing that could be answered.
      else if (!response.req.complete) response.destroy();
    }
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
