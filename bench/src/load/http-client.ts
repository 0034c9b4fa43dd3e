import type { Socket } from "node:net";
import { deferred, type Deferred } from "./deferred.ts";
import { endOfHead, rawSocket } from "./raw-socket.ts";

/** One keep-alive connection that has one request on its way at a time, sent as bytes made before. */
export class HttpClient {
  readonly #socket: Socket;
  readonly #opened = deferred<void>();
  #received = Buffer.alloc(0);
  #closed = false;
  #asked: Deferred<string> | undefined;

  constructor(port: number) {
    this.#socket = rawSocket(port, {
      connected: () => this.#opened.resolve(),
      received: (bytes) => this.#read(bytes),
      failed: (why) => this.#fail(why),
    });
  }

  async opened(): Promise<void> {
    await this.#opened.promise;
  }

  /** Resolves with the body of the answer; rejects where its status is not 200. */
  request(bytes: Buffer): Promise<string> {
    this.#asked = deferred();
    this.#socket.write(bytes);
    return this.#asked.promise;
  }

  close(): void {
    this.#closed = true;
    this.#socket.resetAndDestroy();
  }

  #read(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    const end = endOfHead(this.#received);
    if (end < 0) return;
    const head = this.#received.toString("latin1", 0, end);
    const body = this.#body(head, end);
    if (body === undefined) return;
    this.#received = Buffer.alloc(0);
    if (head.startsWith("HTTP/1.1 200 ")) this.#asked?.resolve(body);
    else this.#fail(new Error(`a request was answered with ${head}${body}`));
  }

  /** Undefined where it has not all come yet. */
  #body(head: string, start: number): string | undefined {
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined) {
      const text = this.#received.toString("utf8", start);
      return text.endsWith("0\r\n\r\n") ? text : undefined;
    }
    const end = start + Number(length);
    return this.#received.length >= end ? this.#received.toString("utf8", start, end) : undefined;
  }

  #fail(why: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.destroy();
    this.#opened.reject(why);
    this.#asked?.reject(why);
  }
}

/** The bytes of a POST with a JSON body. */
export function jsonPost(
  { port, path, headers = [] }: { port: number; path: string; headers?: readonly string[] },
  value: unknown,
): Buffer {
  const body = JSON.stringify(value);
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    "Connection: keep-alive",
    "Accept: application/json",
    "Content-Type: application/json",
    ...headers,
    `Content-Length: ${Buffer.byteLength(body)}`,
    "",
    body,
  ];
  return Buffer.from(head.join("\r\n"));
}
