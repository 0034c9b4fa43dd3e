import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { FrameReader, OPCODE } from "../wire/frame-reader.ts";
import { clientFrame } from "../wire/frames.ts";
import type { Connection, Listener } from "./connection.ts";
import { endOfHead, rawSocket } from "./raw-socket.ts";

export interface WebSocketAddress {
  readonly port: number;
  readonly path: string;
  readonly subprotocol: string;
}

/** A WebSocket client on a bare socket, which counts frames by their headers. */
export class WebSocketConnection implements Connection {
  readonly #listener: Listener;
  readonly #socket: Socket;
  readonly #reader: FrameReader;
  readonly #leastBytes: number;
  #answer: Buffer | undefined = Buffer.alloc(0);
  #closed = false;
  #counted = 0;

  /** A data frame of fewer than `leastBytes` can be no message, and is a failure once messages are counted. */
  constructor(address: WebSocketAddress, leastBytes: number, listener: Listener) {
    this.#listener = listener;
    this.#leastBytes = leastBytes;
    this.#reader = new FrameReader((opcode, length, payload) =>
      this.#frame(opcode, length, payload),
    );
    this.#socket = rawSocket(address.port, {
      connected: () => this.#socket.write(upgrade(address)),
      received: (bytes) => this.#received(bytes),
      failed: (why) => this.#fail(why),
    });
  }

  send(text: string): void {
    this.#socket.write(clientFrame(text));
  }

  count(): void {
    this.#reader.wantsPayload = false;
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
    if (this.#answer) this.#upgraded(Buffer.concat([this.#answer, bytes]));
    else this.#reader.push(bytes);
    const messages = this.#counted;
    if (messages === 0) return;
    this.#counted = 0;
    this.#listener.counted(messages);
  }

  #upgraded(answer: Buffer): void {
    this.#answer = answer;
    const end = endOfHead(answer);
    if (end < 0) return;
    const status = answer.toString("latin1", 0, end).split("\r\n", 1)[0] ?? "";
    if (!status.startsWith("HTTP/1.1 101")) {
      this.#fail(new Error(`the upgrade was answered with ${status}`));
      return;
    }
    this.#answer = undefined;
    this.#listener.opened();
    this.#reader.push(answer.subarray(end));
  }

  #frame(opcode: number, length: number, payload: Buffer | undefined): void {
    if (opcode === OPCODE.ping)
      this.#socket.write(clientFrame(payload ?? Buffer.alloc(0), OPCODE.pong));
    else if (opcode === OPCODE.close) {
      const code = payload && length >= 2 ? payload.readUInt16BE() : "no code";
      this.#fail(new Error(`closed with ${code} ${payload?.toString("utf8", 2) ?? ""}`));
    } else if (payload) this.#listener.text(payload.toString());
    else if (length >= this.#leastBytes) this.#counted++;
    else this.#fail(new Error(`a frame of ${length} bytes is too short to hold a message`));
  }

  #fail(why: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.destroy();
    this.#listener.failed(why);
  }
}

function upgrade({ port, path, subprotocol }: WebSocketAddress): string {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Protocol: ${subprotocol}`,
    "",
    "",
  ].join("\r\n");
}
