import { CHANNEL_ERROR } from "./amqp-constants.ts";
import { NoChannelLeft, ProtocolError } from "./wire-errors.ts";

/** A channel as its connection sees it: what frames come for it, and how it ends. */
export interface WireChannel {
  /** Its number is free for another. */
  readonly closed: boolean;
  /** Here and below: what comes after the method's number, or the whole payload, from `start` to before `end`. */
  method(method: number, bytes: Buffer, start: number, end: number): void;
  header(bytes: Buffer, start: number, end: number): void;
  body(bytes: Buffer, start: number, end: number): void;
  drained(): void;
  connectionEnded(reason: Error): void;
}

/** The open channels of a connection, by number; 0 is the connection's own. */
export class ChannelTable {
  /** Set once both sides have agreed. */
  most = 0;
  readonly #byNumber: (WireChannel | undefined)[] = [undefined];

  /** Gives the lowest free number away. Throws {@link NoChannelLeft}. */
  add<C extends WireChannel>(make: (number: number) => C): C {
    const free = this.#byNumber.findIndex((channel, number) => number > 0 && isFree(channel));
    const number = free > 0 ? free : this.#byNumber.length;
    if (number > this.most) throw new NoChannelLeft(this.most);
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
