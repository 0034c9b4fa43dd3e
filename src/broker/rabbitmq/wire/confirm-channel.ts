import type { OutgoingMessage } from "../../message.ts";
import {
  BASIC_ACK,
  BASIC_NACK,
  BASIC_RETURN,
  CHANNEL_CLOSE,
  COMMAND_INVALID,
  CONFIRM_SELECT,
  CONFIRM_SELECT_OK,
  SYNTAX_ERROR,
  UNEXPECTED_FRAME,
} from "./amqp-constants.ts";
import type { Delivery } from "./delivery.ts";
import { FieldTableWriter } from "./field-table-writer.ts";
import { IncomingContent } from "./incoming-content.ts";
import { MethodChannel, type ChannelConnection } from "./method-channel.ts";
import { bits } from "./method-frame.ts";
import { writePublish, type PublishTarget } from "./publish-frames.ts";
import { Unconfirmed } from "./unconfirmed.ts";
import { ProtocolError, type ClosedByBroker } from "./wire-errors.ts";

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

/** The fields of `basic.ack` and `basic.nack`: a delivery tag and bits. */
const CONFIRM_BYTES = 9;

/** An AMQP channel in confirm mode, for publishing and nothing else. */
export class ConfirmChannel<T> extends MethodChannel {
  readonly #target: PublishTarget;
  readonly #listener: ConfirmListener<T>;
  readonly #content = new IncomingContent();
  readonly #unconfirmed = new Unconfirmed<T>();
  readonly #confirmed: (item: T) => void;
  readonly #refused: (item: T) => void;

  constructor(number: number, connection: ChannelConnection, listener: ConfirmListener<T>) {
    super(number, connection);
    this.#target = { ...connection, channel: number, tables };
    this.#listener = listener;
    this.#confirmed = (item) => listener.confirmed(item);
    this.#refused = (item) => listener.refused(item);
  }

  /** The socket does not keep up: wait for {@link ConfirmListener.drained}. */
  get congested(): boolean {
    return this.#target.output.congested;
  }

  override async open(): Promise<void> {
    await super.open();
    await this.call(CONFIRM_SELECT, CONFIRM_SELECT_OK, bits(false));
  }

  /** Sends a message. Throws RangeError, with nothing sent, where it does not fit into AMQP's fields. */
  publish(message: OutgoingMessage, item: T): void {
    writePublish(this.#target, message);
    this.#unconfirmed.add(item);
  }

  override method(method: number, bytes: Buffer, start: number, end: number): void {
    if (this.state !== "open" || method === CHANNEL_CLOSE) super.method(method, bytes, start, end);
    else if (!this.#content.complete) throw new ProtocolError("A cut message", UNEXPECTED_FRAME);
    else if (method === BASIC_ACK || method === BASIC_NACK)
      this.#acknowledges(bytes, start, end, method === BASIC_ACK);
    else if (method === BASIC_RETURN) this.#content.beginReturned(bytes, start, end);
    else super.method(method, bytes, start, end);
  }

  header(bytes: Buffer, start: number, end: number): void {
    if (this.state !== "open") return;
    this.#returned(this.#content.header(bytes, start, end));
  }

  body(bytes: Buffer, start: number, end: number): void {
    if (this.state !== "open") return;
    this.#returned(this.#content.body(bytes, start, end));
  }

  override drained(): void {
    if (this.state === "open") this.#listener.drained();
  }

  protected override ended(failure: ClosedByBroker | undefined, isWished: boolean): void {
    this.#content.forget();
    if (!isWished) this.#listener.closed(failure);
  }

  #acknowledges(bytes: Buffer, start: number, end: number, taken: boolean): void {
    if (end - start < CONFIRM_BYTES)
      throw new ProtocolError("A frame ends before its fields do", SYNTAX_ERROR);
    const tag = bytes.readUInt32BE(start) * 0x1_0000_0000 + bytes.readUInt32BE(start + 4);
    const multiple = (bytes.readUInt8(start + 8) & 1) === 1;
    const settled = taken ? this.#confirmed : this.#refused;
    if (!this.#unconfirmed.settle(tag, multiple, settled))
      throw new ProtocolError(`A confirm of ${tag}, which was not sent`, COMMAND_INVALID);
  }

  #returned(message: Delivery | undefined): void {
    if (message) this.#listener.returned(message.properties.messageId);
  }
}
