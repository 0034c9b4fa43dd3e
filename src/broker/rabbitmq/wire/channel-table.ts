import { CHANNEL_ERROR } from "./amqp-constants.ts";
import { ProtocolError } from "./wire-errors.ts";
import type { WireReader } from "./wire-reader.ts";

/** A channel as its connection sees it: what frames come for it, and how it ends. */
export interface WireChannel {
  /** Its number is free for another. */
  readonly closed: boolean;
  /** `basic.ack` and `basic.nack`, the frames that come for every publish. */
  acknowledged(tag: number, multiple: boolean, taken: boolean): void;
  method(method: number, fields: WireReader): void;
  header(fields: WireReader): void;
  body(bytes: number): void;
  drained(): void;
  connectionEnded(reason: Error): void;
}

/** The open channels of a connection, by number; 0 is the connection's own. */
export class ChannelTable {
  /** Set once both sides have agreed. */
  most = 0;
  readonly #byNumber: (WireChannel | undefined)[] = [undefined];

  /** Gives the lowest free number away. Throws where there is none. */
  add<C extends WireChannel>(make: (number: number) => C): C {
    const free = this.#byNumber.findIndex((channel, number) => number > 0 && isFree(channel));
    const number = free > 0 ? free : this.#byNumber.length;
    if (number > this.most) throw new Error(`All ${this.most} channels are in use`);
    const channel = make(number);
    this.#byNumber[number] = channel;
    return channel;
  }

  /** Throws {@link ProtocolError} where there is none of this number. */
  at(number: number): WireChannel {
    const channel = this.#byNumber[number];
    if (!channel || channel.closed)
      throw new ProtocolError(`A frame on channel ${number}, which is not open`, CHANNEL_ERROR);
    return channel;
  }

  get open(): readonly WireChannel[] {
    return this.#byNumber.flatMap((channel) => (channel && !channel.closed ? [channel] : []));
  }
}

function isFree(channel: WireChannel | undefined): boolean {
  return !channel || channel.closed;
}
