import type { Socket } from "node:net";
import type { GraphQLRequest } from "../wire/operations.ts";
import type { Connection, Listener } from "./connection.ts";
import { endOfHead, rawSocket } from "./raw-socket.ts";

/** Begins every event with a result (GraphQL over SSE, "next" event), and stands nowhere else in it. */
const NEXT = Buffer.from("event: next");

/** So much text is kept in which a mark may be cut in two. */
const KEPT_TEXT = 64 * 1024;

/** A GraphQL over SSE client (distinct connections mode) on a bare socket, which counts events. */
export class EventStreamConnection implements Connection {
  readonly #listener: Listener;
  readonly #socket: Socket;
  #head: Buffer | undefined = Buffer.alloc(0);
  #text: string | undefined = "";
  /** The last bytes of what came before, in which an event may begin. */
  #tail = Buffer.alloc(0);
  #closed = false;

  constructor(
    address: { readonly port: number; readonly path: string },
    request: GraphQLRequest,
    listener: Listener,
  ) {
    this.#listener = listener;
    this.#socket = rawSocket(address.port, {
      connected: () => this.#socket.write(post(address, request)),
      received: (bytes) => this.#received(bytes),
      failed: (why) => this.#fail(why),
    });
  }

  send(): void {
    throw new Error("nothing can be said on an event stream");
  }

  count(): void {
    this.#text = undefined;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#closed = true;
    this.#socket.resetAndDestroy();
  }

  #received(bytes: Buffer): void {
    if (this.#head) this.#answered(Buffer.concat([this.#head, bytes]));
    else if (this.#text !== undefined) this.#read(bytes.toString());
    else this.#count(bytes);
  }

  #answered(head: Buffer): void {
    this.#head = head;
    const end = endOfHead(head);
    if (end < 0) return;
    const text = head.toString("latin1", 0, end);
    if (!/^HTTP\/1\.1 200 [^]*text\/event-stream/i.test(text)) {
      this.#fail(new Error(`the request for an event stream was answered with ${text}`));
      return;
    }
    this.#head = undefined;
    this.#listener.opened();
    this.#read(head.toString("utf8", end));
  }

  #read(text: string): void {
    this.#text = (this.#text + text).slice(-KEPT_TEXT);
    this.#listener.text(this.#text);
  }

  #count(bytes: Buffer): void {
    let events = 0;
    if (this.#tail.length > 0) {
      const seam = Buffer.concat([this.#tail, bytes.subarray(0, NEXT.length - 1)]);
      if (seam.includes(NEXT)) events++;
    }
    for (let at = bytes.indexOf(NEXT); at >= 0; at = bytes.indexOf(NEXT, at + NEXT.length))
      events++;
    this.#tail = Buffer.from(bytes.subarray(-(NEXT.length - 1)));
    if (events > 0) this.#listener.counted(events);
  }

  #fail(why: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.destroy();
    this.#listener.failed(why);
  }
}

function post({ port, path }: { port: number; path: string }, request: GraphQLRequest): string {
  const body = JSON.stringify(request);
  return [
    `POST ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    "Accept: text/event-stream",
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "",
    body,
  ].join("\r\n");
}
