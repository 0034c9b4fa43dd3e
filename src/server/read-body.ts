import type { IncomingMessage } from "node:http";

/**
 * The whole body of a request, or undefined where it is larger than `maxBytes`: what is too much is
 * not kept, and what comes after it is read and thrown away, so that the refusal can be heard.
 * Rejects where the client goes away before its end.
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBytes) chunks.push(chunk);
      else {
        chunks = [];
        resolve(undefined);
      }
    });
    request.on("end", () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
    request.on("error", reject);
    request.on("close", () => {
      if (!request.readableEnded) reject(new Error("the client went away"));
    });
  });
}
