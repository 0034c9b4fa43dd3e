import {
  CONNECTION_BLOCKED,
  CONNECTION_CLOSE,
  CONNECTION_CLOSE_OK,
  CONNECTION_UNBLOCKED,
  UNEXPECTED_FRAME,
} from "./amqp-constants.ts";
import { AwaitedReply } from "./awaited-reply.ts";
import type { FrameOutput } from "./frame-output.ts";
import { sendMethod, short, shortString } from "./method-frame.ts";
import { ClosedByBroker, ProtocolError } from "./wire-errors.ts";
import type { WireReader } from "./wire-reader.ts";

export interface ControlListener {
  /** The broker has closed the connection, and been told that we know. */
  closedByBroker(reason: ClosedByBroker): void;
  /** Undefined: no longer. */
  blocked(reason: string | undefined): void;
}

/** Channel 0: the methods of the connection itself (AMQP 0-9-1 section 1.4). */
export class ControlChannel {
  readonly #output: FrameOutput;
  readonly #listener: ControlListener;
  readonly #reply = new AwaitedReply();
  #closing = false;

  constructor(output: FrameOutput, listener: ControlListener) {
    this.#output = output;
    this.#listener = listener;
  }

  /** The next method, which must be this one. */
  expect(method: number): Promise<WireReader> {
    return this.#reply.expect(method);
  }

  send(method: number, ...fields: readonly Uint8Array[]): void {
    sendMethod(this.#output, 0, method, ...fields);
  }

  /** Says that the connection is over, and why; nothing but the answer matters from here on. */
  sendClose(code: number, text: string): void {
    this.#closing = true;
    this.send(CONNECTION_CLOSE, short(code), shortString(text.slice(0, 60)), short(0), short(0));
  }

  /** Throws {@link ProtocolError} at a method that is out of place. */
  method(method: number, fields: WireReader): void {
    if (method === CONNECTION_CLOSE) this.#closedByBroker(fields);
    else if (this.#reply.take(method, fields) || this.#closing) return;
    else if (method === CONNECTION_BLOCKED) this.#listener.blocked(fields.shortString());
    else if (method === CONNECTION_UNBLOCKED) this.#listener.blocked(undefined);
    else
      throw new ProtocolError(
        `Method ${method >>> 16}.${method & 0xffff} out of place on channel 0`,
        UNEXPECTED_FRAME,
      );
  }

  connectionEnded(reason: Error): void {
    this.#reply.fail(reason);
  }

  #closedByBroker(fields: WireReader): void {
    const reason = new ClosedByBroker("connection", fields.short(), fields.shortString());
    this.send(CONNECTION_CLOSE_OK);
    this.#listener.closedByBroker(reason);
  }
}
