import {
  CHANNEL_CLOSE,
  CHANNEL_CLOSE_OK,
  CHANNEL_OPEN,
  CHANNEL_OPEN_OK,
  FRAME_OVERHEAD,
  REPLY_SUCCESS,
  UNEXPECTED_FRAME,
} from "./amqp-constants.ts";
import { ChannelCalls, type Answer } from "./channel-calls.ts";
import type { WireChannel } from "./channel-table.ts";
import type { Delivery } from "./delivery.ts";
import type { FrameOutput } from "./frame-output.ts";
import { sendMethod, short, shortString } from "./method-frame.ts";
import { ChannelOver, ClosedByBroker, ConnectionLost, ProtocolError } from "./wire-errors.ts";
import { WireReader } from "./wire-reader.ts";

/** What a channel has of its connection. */
export interface ChannelConnection {
  readonly output: FrameOutput;
  /** The longest frame that was agreed, in bytes. */
  readonly frameMax: number;
}

/**
 * What all channels have (AMQP 0-9-1 section 1.5): they are opened, asked one thing after another, and
 * closed by either side. Its methods named after frames are called by the connection, and throw
 * {@link ProtocolError} at what a broker must not send.
 */
export abstract class MethodChannel implements WireChannel {
  readonly number: number;
  protected readonly connection: ChannelConnection;
  protected state: "open" | "closing" | "closed" = "open";
  readonly #calls = new ChannelCalls();
  #closing: Promise<void> | undefined;
  #tellClosed: (failure?: Error) => void = () => {};

  constructor(number: number, connection: ChannelConnection) {
    this.number = number;
    this.connection = connection;
  }

  /** The number can be used for another channel. */
  get closed(): boolean {
    return this.state === "closed";
  }

  async open(): Promise<void> {
    await this.call(CHANNEL_OPEN, CHANNEL_OPEN_OK, shortString(""));
  }

  /** Resolves when the broker has let it go, rejects where the connection ends before. Idempotent. */
  close(): Promise<void> {
    if (this.state === "closed") return Promise.resolve();
    return (this.#closing ??= this.#close());
  }

  method(method: number, bytes: Buffer, start: number, end: number): void {
    if (method === CHANNEL_CLOSE) this.#closedByBroker(new WireReader(bytes, start, end));
    else if (this.state === "closing") {
      if (method === CHANNEL_CLOSE_OK) this.#over();
    } else this.answered(method, new WireReader(bytes, start, end));
  }

  abstract header(bytes: Buffer, start: number, end: number): void;
  abstract body(bytes: Buffer, start: number, end: number): void;
  drained(): void {}

  connectionEnded(reason: Error): void {
    const lost = new ConnectionLost(reason);
    this.#calls.fail(lost, lost);
    this.#over(lost);
  }

  /**
   * The channel is closed: by the broker, for the reason in `failure`; with its connection; or, where `isWished`, as it
   * was asked to be.
   */
  protected abstract ended(failure: ClosedByBroker | undefined, isWished: boolean): void;

  /**
   * Asks when all that was asked before is answered. Rejects with the broker's {@link ClosedByBroker} where it refuses,
   * with {@link ChannelOver} where the channel was closed over something else, and with RangeError where
   * the fields do not fit into a frame.
   */
  protected async call(
    method: number,
    answers: number | readonly number[],
    ...fields: readonly Uint8Array[]
  ): Promise<Answer> {
    if (this.state !== "open") throw new ChannelOver();
    const { output, frameMax } = this.connection;
    const size = fields.reduce((sum, { length }) => sum + length, 4 + FRAME_OVERHEAD);
    if (size > frameMax) throw new RangeError(`A method of ${size} bytes exceeds ${frameMax}`);
    return await this.#calls.ask(
      () => sendMethod(output, this.number, method, ...fields),
      typeof answers === "number" ? [answers] : answers,
    );
  }

  /** A method that is not for this kind of channel in particular: it must be the answer that is awaited. */
  protected answered(method: number, fields: WireReader, delivery?: Delivery): void {
    if (!this.#calls.take(method, fields, delivery))
      throw new ProtocolError(
        `Method ${method >>> 16}.${method & 0xffff} out of place on a channel`,
        UNEXPECTED_FRAME,
      );
  }

  #close(): Promise<void> {
    this.state = "closing";
    const over = new ChannelOver();
    this.#calls.fail(over, over);
    const closed = new Promise<void>((resolve, reject) => {
      this.#tellClosed = (failure) => (failure ? reject(failure) : resolve());
    });
    const nothing = [short(0), short(0)];
    const said = [short(REPLY_SUCCESS), shortString(""), ...nothing];
    sendMethod(this.connection.output, this.number, CHANNEL_CLOSE, ...said);
    return closed;
  }

  #closedByBroker(fields: WireReader): void {
    const failure = new ClosedByBroker("channel", fields.short(), fields.shortString());
    sendMethod(this.connection.output, this.number, CHANNEL_CLOSE_OK);
    // Our own close, where one is under way, the broker still answers (AMQP 0-9-1 section 1.5.2.5).
    if (this.state === "closing") return;
    this.state = "closed";
    this.#calls.fail(failure, new ChannelOver());
    this.ended(failure, false);
  }

  #over(lost?: Error): void {
    this.state = "closed";
    this.#tellClosed(lost);
    this.ended(undefined, lost === undefined);
  }
}
