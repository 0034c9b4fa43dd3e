import type { Socket } from "node:net";
import { toError } from "../../../errors.ts";
import type { Logger } from "../../../telemetry/logger.ts";
import type { RabbitMqOptions } from "../options.ts";
import { ChannelTable } from "./channel-table.ts";
import { ControlChannel } from "./control-channel.ts";
import { FrameDispatch } from "./frame-dispatch.ts";
import { FrameOutput } from "./frame-output.ts";
import { FrameReader } from "./frame-reader.ts";
import { NotAmqp, ProtocolError } from "./wire-errors.ts";

/**
 * A socket with AMQP frames on it, both ways, from the dial to its one end: whatever goes wrong on it
 * ends it with a reason, and nothing is thrown at the socket.
 */
export class WireLink {
  /** Resolves, once, with the reason why it has ended. Never rejects. */
  readonly ended: Promise<Error>;
  readonly output: FrameOutput;
  readonly control: ControlChannel;
  readonly channels = new ChannelTable();
  /** Both sides have shaken hands. */
  opened = false;
  /** Something was read since this was last set to false. */
  heard = false;
  readonly #socket: Socket;
  readonly #dispatch: FrameDispatch;
  readonly #reader: FrameReader;
  readonly #closeTimeoutMs: number;
  readonly #logger: Logger;
  #tellEnded: (reason: Error) => void = () => {};

  /** `maxPayload` holds until both sides agree upon another. `blocked` is told of RabbitMQ's resource alarms. */
  constructor(
    dial: (onRead: (chunk: Buffer) => void) => Socket,
    maxPayload: number,
    options: Pick<RabbitMqOptions, "closeTimeoutMs" | "logger" | "publishInFlightBytes">,
    blocked: (reason: string | undefined) => void,
  ) {
    this.#closeTimeoutMs = options.closeTimeoutMs;
    this.#logger = options.logger;
    this.ended = new Promise((resolve) => (this.#tellEnded = resolve));
    const socket = dial((chunk) => this.#read(chunk));
    this.#socket = socket;
    this.output = new FrameOutput(socket, options.publishInFlightBytes);
    this.control = new ControlChannel(this.output, {
      closedByBroker: (reason) => this.endInGoodOrder(reason),
      blocked,
    });
    this.#dispatch = new FrameDispatch(this.control, this.channels);
    this.#reader = new FrameReader(maxPayload, this.#dispatch.frame);
    socket.on("drain", () => this.#drained());
    socket.on("error", (error) => this.end(error));
    socket.on("end", () => this.#broken(new Error("The broker has closed the socket")));
    socket.on("close", () => this.#broken(new Error("The socket has closed")));
  }

  get over(): boolean {
    return this.#dispatch.over;
  }

  /** Bytes of the longest payload that is taken. */
  set maxPayload(bytes: number) {
    this.#reader.maxPayload = bytes;
  }

  /** At once. Nothing after the first end. */
  end(reason: Error): void {
    if (this.over) return;
    this.#socket.destroy();
    this.#over(reason);
  }

  /** What has been said last still leaves, for as long as a close may take. */
  endInGoodOrder(reason: Error): void {
    if (this.over) return;
    this.output.flush();
    const atLast = setTimeout(() => this.#socket.destroy(), this.#closeTimeoutMs);
    this.#socket.once("close", () => clearTimeout(atLast));
    this.#socket.destroySoon();
    this.#over(reason);
  }

  #over(reason: Error): void {
    this.#dispatch.over = true;
    this.control.connectionEnded(reason);
    for (const channel of this.channels.open) channel.connectionEnded(reason);
    this.#tellEnded(reason);
  }

  #read(chunk: Buffer): void {
    this.heard = true;
    try {
      this.#reader.read(chunk);
    } catch (error) {
      this.#caught(toError(error));
    }
  }

  #drained(): void {
    this.output.congested = false;
    try {
      for (const channel of this.channels.open) channel.drained();
    } catch (error) {
      this.#caught(toError(error));
    }
  }

  #caught(error: Error): void {
    if (!(error instanceof ProtocolError))
      this.#logger.error({ err: error }, "a frame of the broker could not be handled");
    this.#broken(error);
  }

  /** There is no way on. */
  #broken(error: Error): void {
    if (this.over) return;
    // Before hands are shaken it means that the other side is no broker at all.
    if (!this.opened) this.end(new NotAmqp(error.message, { cause: error }));
    else if (error instanceof ProtocolError) {
      this.control.sendClose(error.closeCode, error.message);
      this.endInGoodOrder(error);
    } else this.end(error);
  }
}
