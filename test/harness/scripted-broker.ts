import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import {
  BASIC_ACK,
  BASIC_CLASS,
  BASIC_DELIVER,
  CHANNEL_OPEN,
  CHANNEL_OPEN_OK,
  CONFIRM_SELECT,
  CONFIRM_SELECT_OK,
  CONNECTION_OPEN,
  CONNECTION_OPEN_OK,
  CONNECTION_START,
  CONNECTION_START_OK,
  CONNECTION_TUNE,
  CONNECTION_TUNE_OK,
  PROTOCOL_HEADER,
} from "../../src/broker/rabbitmq/wire/amqp-constants.ts";
import {
  decodeFrames,
  encodeMethod,
  encodeProperties,
  makeBodyFrame,
  type DecodedFrame,
} from "./amqplib-codec.ts";

/** A broker on loopback that says what a test has it say. It speaks with amqplib's codec. */
export class ScriptedBroker {
  readonly #server: Server;
  readonly #sockets: Socket[] = [];
  readonly #dialled: Dialled[] = [];
  readonly #waiting: ((dialled: Dialled) => void)[] = [];

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => {
      this.#sockets.push(socket);
      const dialled = new Dialled(socket);
      const waiting = this.#waiting.shift();
      if (waiting) waiting(dialled);
      else this.#dialled.push(dialled);
    });
  }

  static async listen(): Promise<ScriptedBroker> {
    const server = createServer({ noDelay: true });
    await once(server.listen(0, "127.0.0.1"), "listening");
    return new ScriptedBroker(server);
  }

  get url(): string {
    return `amqp://user:p%40ss@127.0.0.1:${(this.#server.address() as AddressInfo).port}/host`;
  }

  /** The next connection that was made to it. */
  dialled(): Promise<Dialled> {
    const dialled = this.#dialled.shift();
    if (dialled) return Promise.resolve(dialled);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}

export interface Tuning {
  readonly frameMax?: number;
  readonly channelMax?: number;
  readonly heartbeat?: number;
}

/** A message on its way to a consumer; what is left out is as it is most often. */
export interface Delivered {
  /** `basic.deliver`, unless it is another that brings a message. */
  readonly method: number;
  readonly fields: object;
  readonly properties: object;
  readonly body: Buffer;
  /** Bytes of body in a frame at most. */
  readonly frameBytes: number;
}

/** In bytes, as amqplib writes them. */
export function encodeDelivery(
  channel: number,
  {
    method = BASIC_DELIVER,
    fields = {},
    properties = {},
    body = Buffer.from("body"),
    frameBytes = 131_064,
  }: Partial<Delivered>,
): Buffer {
  const usual = { consumerTag: "c", deliveryTag: 1, exchange: "orders", routingKey: "a.b" };
  const frames = [
    encodeMethod(method, channel, { ...usual, ...fields }),
    encodeProperties(BASIC_CLASS, channel, body.length, properties),
  ];
  for (let at = 0; at < body.length; at += frameBytes)
    frames.push(makeBodyFrame(channel, body.subarray(at, at + frameBytes)));
  return Buffer.concat(frames);
}

/** The broker's end of one connection. */
export class Dialled {
  readonly socket: Socket;
  /** Resolves when the client has ended or destroyed it. */
  readonly ended: Promise<void>;
  #rest: Buffer = Buffer.alloc(0);
  readonly #frames: DecodedFrame[] = [];
  #heard: () => void = () => {};
  #gone: (error: Error) => void = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    this.ended = new Promise((resolve) => {
      socket.on("error", () => {});
      socket.once("close", () => {
        this.#gone(new Error("The client has gone"));
        resolve();
      });
    });
    socket.on("data", (chunk) => {
      this.#rest = Buffer.concat([this.#rest, chunk]);
      this.#heard();
    });
  }

  /** The first bytes of a client. */
  async protocolHeader(): Promise<Buffer> {
    while (this.#rest.length < PROTOCOL_HEADER.length) await this.#more();
    const header = this.#rest.subarray(0, PROTOCOL_HEADER.length);
    this.#rest = this.#rest.subarray(PROTOCOL_HEADER.length);
    return header;
  }

  async frame(): Promise<DecodedFrame> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame) return frame;
      const { frames, rest } = decodeFrames(this.#rest);
      this.#rest = rest;
      this.#frames.push(...frames);
      if (frames.length === 0) await this.#more();
    }
  }

  /** The fields of the next method, which must be this one. */
  async method(method: number): Promise<Record<string, unknown>> {
    const { id, fields } = await this.frame();
    if (id !== method || !fields) throw new Error(`Expected method ${method}, got ${id}`);
    return fields;
  }

  say(method: number, fields: object = {}, channel = 0): void {
    this.socket.write(encodeMethod(method, channel, fields));
  }

  /** Says its name and takes the client's; resolves with what the client said of itself. */
  async start(): Promise<Record<string, unknown>> {
    await this.protocolHeader();
    this.say(CONNECTION_START, {
      serverProperties: {
        product: "Scripted",
        version: "1.2.3",
        cluster_name: "scripted@here",
        capabilities: { a: true },
      },
      mechanisms: Buffer.from("AMQPLAIN PLAIN"),
    });
    return await this.method(CONNECTION_START_OK);
  }

  /** The rest of the handshake up to `connection.open`; resolves with what the client agreed to. */
  async tune(tuning: Tuning = {}): Promise<Record<string, unknown>> {
    this.say(CONNECTION_TUNE, { frameMax: 131_072, channelMax: 2047, heartbeat: 60, ...tuning });
    const agreed = await this.method(CONNECTION_TUNE_OK);
    const { virtualHost } = await this.method(CONNECTION_OPEN);
    return { ...agreed, virtualHost };
  }

  async shakeHands(tuning: Tuning = {}): Promise<void> {
    await this.start();
    await this.tune(tuning);
    this.say(CONNECTION_OPEN_OK);
  }

  /** Lets the client open a channel in confirm mode, and resolves with its number. */
  async confirmChannel(): Promise<number> {
    const opening = await this.frame();
    if (opening.id !== CHANNEL_OPEN) throw new Error(`Expected channel.open, got ${opening.id}`);
    this.say(CHANNEL_OPEN_OK, {}, opening.channel);
    await this.method(CONFIRM_SELECT);
    this.say(CONFIRM_SELECT_OK, {}, opening.channel);
    return opening.channel;
  }

  /** The next message that is published: its method, its header, and its body put together. */
  async published(): Promise<{
    method: Record<string, unknown>;
    properties: Record<string, unknown>;
    body: Buffer;
    bodyFrames: number;
  }> {
    const { fields: method = {} } = await this.frame();
    const { fields: properties = {}, size = 0 } = await this.frame();
    const parts: Buffer[] = [];
    for (let left = size; left > 0; left -= parts.at(-1)?.length ?? 0)
      parts.push((await this.frame()).content ?? Buffer.alloc(0));
    return { method, properties, body: Buffer.concat(parts), bodyFrames: parts.length };
  }

  /** Lets the client open a channel, and resolves with its number. */
  async channel(): Promise<number> {
    const { id, channel } = await this.frame();
    if (id !== CHANNEL_OPEN) throw new Error(`Expected channel.open, got ${id}`);
    this.say(CHANNEL_OPEN_OK, {}, channel);
    return channel;
  }

  deliver(channel: number, message: Partial<Delivered>): void {
    this.socket.write(encodeDelivery(channel, message));
  }

  acknowledge(channel: number, deliveryTag: number, multiple = false): void {
    this.say(BASIC_ACK, { deliveryTag, multiple }, channel);
  }

  #more(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#heard = resolve;
      this.#gone = reject;
    });
  }
}
