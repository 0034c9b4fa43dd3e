import type { Writable } from "node:stream";
import { frameTemplate, idText, templateOf, type FrameTemplate } from "./frame-batch.ts";

/** Where the responses of one operation go: bytes of a transport, onto a stream. */
export interface Outlet {
  readonly stream: Writable;
  /** False once the transport or the operation has had its last word: nothing may follow. */
  readonly isOpen: boolean;
  /** False where nobody is to be told how the operation ends: its id means another one by now. */
  readonly isCurrent: boolean;
  /** Outlets with the same key take the same template, and their texts are of one length. */
  readonly templateKey: number;
  /** What makes a template this outlet's own, once it stands in each slot. */
  readonly slotText: Buffer;
  /** The bytes of `payloads` (JSON texts), but for {@link slotText}. */
  template(payloads: readonly string[]): FrameTemplate;
  /** Ends the whole connection of a reader that is too slow; clients come back. */
  cut(): void;
}

/** Our own, of the range that applications may use; clients of the protocol take it as a reason to come back. */
const TOO_SLOW = 4508;

export interface WebSocketOutletOptions {
  /** The raw socket, which the protocol's own messages go to as well. */
  readonly stream: Writable;
  readonly id: string;
  readonly socket: { close(code: number, reason: string): void };
  readonly place: { readonly isCurrent: boolean };
}

/** An operation on a WebSocket. */
export class WebSocketOutlet implements Outlet {
  readonly stream: Writable;
  /** The operation's id. */
  readonly slotText: Buffer;
  readonly #socket: WebSocketOutletOptions["socket"];
  readonly #place: WebSocketOutletOptions["place"];
  #isClosed = false;

  constructor({ stream, id, socket, place }: WebSocketOutletOptions) {
    this.stream = stream;
    this.slotText = idText(id);
    this.#socket = socket;
    this.#place = place;
  }

  /** Asked before every write, so that whoever knows the answer tells it beforehand: see {@link close}. */
  get isOpen(): boolean {
    return !this.#isClosed && this.stream.writable;
  }

  get isCurrent(): boolean {
    return this.#place.isCurrent;
  }

  get templateKey(): number {
    return this.slotText.length;
  }

  /** Nothing is written from now on: a Close frame goes out (RFC 6455 section 5.5.1), or the id means another operation. */
  close(): void {
    this.#isClosed = true;
  }

  template(payloads: readonly string[]): FrameTemplate {
    return frameTemplate(payloads, this.slotText.length);
  }

  cut(): void {
    this.#socket.close(TOO_SLOW, "Too slow: messages were dropped");
  }
}

/** No operation's id has so many bytes. */
const EVENT_STREAM = -1;

const NO_TEXT = Buffer.alloc(0);

/** An operation of its own request, over SSE (GraphQL over SSE, distinct connections mode). */
export class EventStreamOutlet implements Outlet {
  readonly stream: Writable;
  readonly templateKey = EVENT_STREAM;
  readonly slotText = NO_TEXT;
  readonly isCurrent = true;

  constructor(stream: Writable) {
    this.stream = stream;
  }

  get isOpen(): boolean {
    return !this.stream.writableEnded && !this.stream.destroyed;
  }

  template(payloads: readonly string[]): FrameTemplate {
    const text = payloads.map((payload) => `event: next\ndata: ${payload}\n\n`).join("");
    return templateOf(Buffer.from(text), []);
  }

  cut(): void {
    this.stream.destroy();
  }
}
