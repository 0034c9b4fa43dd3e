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
  /** The number that was given away last. */
  #latest = 0;

  /**
   * Gives the next free number away, so that one which was in use is free for as long as can be: what the broker sent
   * for it before it knew that it is closed is not for the next. Throws {@link NoChannelLeft}.
   */
  add<C extends WireChannel>(make: (number: number) => C): C {
    const number = this.#nextFree();
    const channel = make(number);
    this.#byNumber[number] = channel;
    this.#latest = number;
    return channel;
  }

  /**
   * Undefined where it is closed: RabbitMQ may go on delivering to a channel until it hears that its own close has
   * arrived. Throws {@link ProtocolError} where there never was one of this number.
   */
  at(number: number): WireChannel | undefined {
    const channel = this.#byNumber[number];
    if (channel && !channel.closed) return channel;
    if (number === 0 || number >= this.#byNumber.length)
      throw new ProtocolError(`A frame on channel ${number}, which is not open`, CHANNEL_ERROR);
    // Nothing that it still holds is of use.
    this.#byNumber[number] = undefined;
    return undefined;
  }

  get open(): readonly WireChannel[] {
    return this.#byNumber.flatMap((channel) => (channel && !channel.closed ? [channel] : []));
  }

  #nextFree(): number {
    for (let tried = 0; tried < this.most; tried++) {
      const number = ((this.#latest + tried) % this.most) + 1;
      if (this.#byNumber[number]?.closed ?? true) return number;
    }
    throw new NoChannelLeft(this.most);
  }
}
