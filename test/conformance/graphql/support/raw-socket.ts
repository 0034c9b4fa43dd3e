import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A WebSocket's client to the byte: it answers nothing by itself, not even a Close frame. */
export interface RawSocket {
  readonly socket: Socket;
  /** Sends text messages, all in one write. */
  send(...messages: readonly object[]): void;
  /** The frames that have come and are whole, in order. */
  frames(): RawFrame[];
  /** Resolves when `count` frames have come. */
  until(count: number): Promise<void>;
}

export interface RawFrame {
  /** RFC 6455 section 11.8: 1 is text, 8 is Close. */
  readonly opcode: number;
  readonly payload: Buffer;
}

/** The bytes that ask for an upgrade. */
export function upgradeRequest(path: string, headers: Record<string, string> = {}): string {
  const lines = Object.entries({
    host: "127.0.0.1",
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": Buffer.alloc(16).toString("base64"),
    "sec-websocket-protocol": "graphql-transport-ws",
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

const END_OF_HEADERS = "\r\n\r\n";

/** A socket on which operations can be sent. */
export async function openRawSocket(
  port: number,
  connectionParams?: Record<string, unknown>,
): Promise<RawSocket> {
  const socket = connect({ port, host: "127.0.0.1" });
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.write(upgradeRequest("/graphql"));
  let received = Buffer.alloc(0);
  while (!received.includes(END_OF_HEADERS)) {
    await once(socket, "data");
    received = Buffer.concat(chunks);
  }
  chunks.splice(0, chunks.length, received.subarray(received.indexOf(END_OF_HEADERS) + 4));
  const frames = () => framesIn(Buffer.concat(chunks));
  const until = async (count: number) => {
    while (frames().length < count) await once(socket, "data");
  };
  const send = (...messages: readonly object[]) => {
    socket.write(Buffer.concat(messages.map(textFrame)));
  };
  send({ type: "connection_init", payload: connectionParams });
  await until(1);
  return { socket, send, frames, until };
}

/** A masked text frame (RFC 6455 section 5.3), with a mask that changes nothing. */
function textFrame(message: object): Buffer {
  const payload = Buffer.from(JSON.stringify(message));
  const header = Buffer.alloc(8);
  header.writeUInt16BE(0x81_fe);
  header.writeUInt16BE(payload.length, 2);
  return Buffer.concat([header, payload]);
}

function framesIn(bytes: Buffer): RawFrame[] {
  const frames: RawFrame[] = [];
  for (let offset = 0; offset + 2 <= bytes.length;) {
    const short = bytes.readUInt8(offset + 1);
    const header = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (offset + header > bytes.length) break;
    const length = lengthAt(bytes, offset);
    const end = offset + header + length;
    if (end > bytes.length) break;
    frames.push({
      opcode: bytes.readUInt8(offset) & 0x0f,
      payload: bytes.subarray(offset + header, end),
    });
    offset = end;
  }
  return frames;
}

/** RFC 6455 section 5.2. */
function lengthAt(bytes: Buffer, offset: number): number {
  const short = bytes.readUInt8(offset + 1);
  if (short < 126) return short;
  if (short === 126) return bytes.readUInt16BE(offset + 2);
  return Number(bytes.readBigUInt64BE(offset + 2));
}
