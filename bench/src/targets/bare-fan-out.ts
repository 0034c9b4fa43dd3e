import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ConsumeMessage } from "amqplib";
import { FrameReader, OPCODE } from "../wire/frame-reader.ts";
import { serverFrame } from "../wire/frames.ts";
import type { SharedQueues } from "./shared-queues.ts";

/** RFC 6455 section 1.3. */
const ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

const AFTER = Buffer.from("}}}}");

/** A message of the graphql-transport-ws protocol, as the counting client sends them. */
interface ClientMessage {
  readonly type: string;
  readonly id?: string;
  readonly payload?: { readonly variables: { readonly exchange: string } };
}

/**
 * Writes every message's body, without a look at it, in a frame made once, to every subscriber's bare socket. All
 * get the operation id of the first: as many bytes as with their own, and nothing to patch. It keeps
 * no bounds and no protocol beyond the counting client's needs.
 */
export class BareFanOut {
  readonly #queues: SharedQueues;
  readonly #writes: "tick" | "frame";
  readonly #streams = new Map<string, ExchangeStream>();

  constructor(queues: SharedQueues, writes: "tick" | "frame") {
    this.#queues = queues;
    this.#writes = writes;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const key = request.headers["sec-websocket-key"] ?? "";
    const accept = createHash("sha1")
      .update(key + ACCEPT_GUID)
      .digest("base64");
    if (socket instanceof Socket) socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        `Sec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n`,
    );
    const reader = new FrameReader((opcode, _length, payload) => {
      if (opcode === OPCODE.text && payload) this.#heard(socket, payload.toString());
    });
    socket.on("data", (bytes: Buffer) => reader.push(bytes));
    if (head.length > 0) reader.push(head);
  }

  #heard(socket: Duplex, text: string): void {
    const { type, id, payload } = JSON.parse(text) as ClientMessage;
    if (type === "connection_init")
      socket.write(serverFrame(Buffer.from('{"type":"connection_ack"}')));
    else if (id !== undefined && payload)
      void this.#subscribe(socket, id, payload.variables.exchange);
  }

  async #subscribe(socket: Duplex, id: string, exchange: string): Promise<void> {
    let stream = this.#streams.get(exchange);
    if (!stream) {
      const opened = new ExchangeStream(id, this.#writes);
      this.#streams.set(exchange, (stream = opened));
      await this.#queues.subscribe(exchange, (message) => opened.message(message));
    }
    stream.add(socket);
  }
}

/** What one exchange brings, to all who asked for it. */
class ExchangeStream {
  readonly #sockets = new Set<Duplex>();
  readonly #before: Buffer;
  readonly #writes: "tick" | "frame";
  #waiting: Buffer[] = [];

  constructor(id: string, writes: "tick" | "frame") {
    this.#before = Buffer.from(`{"id":"${id}","type":"next","payload":{"data":{"messages":{`);
    this.#writes = writes;
  }

  add(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
  }

  message({ fields, content }: ConsumeMessage): void {
    const key = Buffer.from(`"routingKey":"${fields.routingKey}","json":`);
    const frame = serverFrame(Buffer.concat([this.#before, key, content, AFTER]));
    if (this.#writes === "frame") this.#write(frame);
    else if (this.#waiting.push(frame) === 1) process.nextTick(() => this.#flush());
  }

  #flush(): void {
    const frames = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#write(frames);
  }

  #write(bytes: Buffer): void {
    for (const socket of this.#sockets) socket.write(bytes);
  }
}
