import type { OutgoingMessage } from "../../message.ts";
import {
  BASIC_ACK,
  BASIC_NACK,
  BASIC_RETURN,
  CHANNEL_CLOSE,
  CHANNEL_CLOSE_OK,
  CHANNEL_OPEN,
  CHANNEL_OPEN_OK,
  COMMAND_INVALID,
  CONFIRM_SELECT,
  CONFIRM_SELECT_OK,
  REPLY_SUCCESS,
  UNEXPECTED_FRAME,
} from "./amqp-constants.ts";
import { AwaitedReply } from "./awaited-reply.ts";
import { FieldTableWriter } from "./field-table-writer.ts";
import type { FrameOutput } from "./frame-output.ts";
import { octet, sendMethod, short, shortString } from "./method-frame.ts";
import { writePublish, type PublishTarget } from "./publish-frames.ts";
import { ReturnedContent } from "./returned-content.ts";
import { Unconfirmed } from "./unconfirmed.ts";
import { ClosedByBroker, ConnectionLost, ProtocolError } from "./wire-errors.ts";
import type { WireReader } from "./wire-reader.ts";

/** What becomes of what was published; `T` is what the publisher gave with the message. */
export interface ConfirmListener<T> {
  confirmed(item: T): void;
  /** A negative acknowledgement. */
  refused(item: T): void;
  /** Comes before the confirm of the same message. */
  returned(messageId: string | undefined): void;
  /** The socket takes more again. */
  drained(): void;
  /** By the broker, for this reason; or, without one, because the connection has ended. */
  closed(failure: ClosedByBroker | undefined): void;
}

/** One table is encoded at a time, whatever its channel. */
const tables = new FieldTableWriter();

/**
 * An AMQP channel in confirm mode, for publishing and nothing else. Its methods named after frames are
 * called by the connection, and throw {@link ProtocolError} at what a broker must not send.
 */
export class ConfirmChannel<T> {
  readonly #target: PublishTarget;
  readonly #listener: ConfirmListener<T>;
  readonly #reply = new AwaitedReply();
  readonly #content = new ReturnedContent();
  readonly #unconfirmed = new Unconfirmed<T>();
  readonly #confirmed: (item: T) => void;
  readonly #refused: (item: T) => void;
  #state: "open" | "closing" | "closed" = "open";

  constructor(
    number: number,
    connection: { output: FrameOutput; frameMax: number },
    listener: ConfirmListener<T>,
  ) {
    this.#target = {
      output: connection.output,
      frameMax: connection.frameMax,
      channel: number,
      tables,
    };
    this.#listener = listener;
    this.#confirmed = (item) => listener.confirmed(item);
    this.#refused = (item) => listener.refused(item);
  }

  get number(): number {
    return this.#target.channel;
  }

  /** The number can be used for another channel. */
  get closed(): boolean {
    return this.#state === "closed";
  }

  /** The socket does not keep up: wait for {@link ConfirmListener.drained}. */
  get congested(): boolean {
    return this.#target.output.congested;
  }

  async open(): Promise<void> {
    await this.#call(CHANNEL_OPEN, CHANNEL_OPEN_OK, shortString(""));
    await this.#call(CONFIRM_SELECT, CONFIRM_SELECT_OK, octet(0));
  }

  /** Sends a message. Throws RangeError, with nothing sent, where it does not fit into AMQP's fields. */
  publish(message: OutgoingMessage, item: T): void {
    writePublish(this.#target, message);
    this.#unconfirmed.add(item);
  }

  async close(): Promise<void> {
    if (this.#state !== "open") return;
    this.#state = "closing";
    const nothing = [short(0), short(0)];
    await this.#call(
      CHANNEL_CLOSE,
      CHANNEL_CLOSE_OK,
      short(REPLY_SUCCESS),
      shortString(""),
      ...nothing,
    );
  }

  acknowledged(tag: number, multiple: boolean, taken: boolean): void {
    if (this.#state === "closing") return;
    if (!this.#content.complete) throw new ProtocolError("A cut message", UNEXPECTED_FRAME);
    const settled = taken ? this.#confirmed : this.#refused;
    if (!this.#unconfirmed.settle(tag, multiple, settled))
      throw new ProtocolError(`A confirm of ${tag}, which was not sent`, COMMAND_INVALID);
  }

  method(method: number, fields: WireReader): void {
    if (method === CHANNEL_CLOSE) this.#closedByBroker(fields);
    else if (method === CHANNEL_CLOSE_OK && this.#state === "closing") {
      this.#state = "closed";
      this.#reply.take(method, fields);
    } else if (this.#state === "closing") return;
    else if (!this.#content.complete) throw new ProtocolError("A cut message", UNEXPECTED_FRAME);
    else if (method === BASIC_ACK || method === BASIC_NACK)
      this.acknowledged(fields.longLong(), (fields.octet() & 1) === 1, method === BASIC_ACK);
    else if (method === BASIC_RETURN) this.#content.begin();
    else if (!this.#reply.take(method, fields))
      throw new ProtocolError(
        `Method ${method >>> 16}.${method & 0xffff} out of place on a channel`,
        UNEXPECTED_FRAME,
      );
  }

  header(fields: WireReader): void {
    if (this.#state === "closing") return;
    this.#listener.returned(this.#content.header(fields));
  }

  body(bytes: number): void {
    if (this.#state === "closing") return;
    this.#content.body(bytes);
  }

  drained(): void {
    if (this.#state === "open") this.#listener.drained();
  }

  connectionEnded(reason: Error): void {
    this.#state = "closed";
    this.#reply.fail(new ConnectionLost(reason));
    this.#listener.closed(undefined);
  }

  #closedByBroker(fields: WireReader): void {
    const failure = new ClosedByBroker("channel", fields.short(), fields.shortString());
    sendMethod(this.#target.output, this.number, CHANNEL_CLOSE_OK);
    // Our own close, where one is under way, the broker still answers (AMQP 0-9-1 section 1.5.2.5).
    if (this.#state === "closing") return;
    this.#state = "closed";
    this.#reply.fail(failure);
    this.#listener.closed(failure);
  }

  async #call(method: number, answer: number, ...fields: Uint8Array[]): Promise<void> {
    const replied = this.#reply.expect(answer);
    sendMethod(this.#target.output, this.number, method, ...fields);
    await replied;
  }
}
