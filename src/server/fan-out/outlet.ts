import type { Writable } from "node:stream";
import { fillIn, frameTemplate, idBytes, type FrameTemplate } from "./frame-batch.ts";

/** Where the responses of one operation go: bytes of a transport, onto a stream. */
export interface Outlet {
  readonly stream: Writable;
  /** False once the transport or the operation has had its last word: nothing may follow. */
  readonly isOpen: boolean;
  /** Outlets with the same key take the same template. */
  readonly templateKey: string;
  /** The bytes of `payloads` (JSON texts), but for what {@link fill} puts in. */
  template(payloads: readonly string[]): FrameTemplate;
  /** Makes a template this outlet's own. */
  fill(template: FrameTemplate): void;
  /** Ends the whole connection of a reader that is too slow; clients come back. */
  cut(): void;
}

/** An operation on a WebSocket: `stream` is the raw socket, which the protocol's own messages go to as well. */
export class WebSocketOutlet implements Outlet {
  readonly stream: Writable;
  readonly templateKey: string;
  readonly cut: () => void;
  readonly #isOpen: () => boolean;
  readonly #id: Buffer;

  /** `isOpen` is false after a Close frame (RFC 6455 section 5.5.1), and where `id` means another operation. */
  constructor(options: { stream: Writable; id: string; isOpen: () => boolean; cut: () => void }) {
    this.stream = options.stream;
    this.cut = options.cut;
    this.#isOpen = options.isOpen;
    this.#id = idBytes(options.id);
    this.templateKey = `websocket ${this.#id.length}`;
  }

  get isOpen(): boolean {
    return this.#isOpen();
  }

  template(payloads: readonly string[]): FrameTemplate {
    return frameTemplate(payloads, this.#id.length);
  }

  fill(template: FrameTemplate): void {
    fillIn(template, this.#id);
  }
}

/** An operation of its own request, over SSE (GraphQL over SSE, distinct connections mode). */
export class EventStreamOutlet implements Outlet {
  readonly stream: Writable;
  readonly templateKey = "sse";
  readonly cut: () => void;

  constructor(stream: Writable) {
    this.stream = stream;
    this.cut = () => stream.destroy();
  }

  get isOpen(): boolean {
    return !this.stream.writableEnded && !this.stream.destroyed;
  }

  template(payloads: readonly string[]): FrameTemplate {
    const text = payloads.map((payload) => `event: next\ndata: ${payload}\n\n`).join("");
    return { bytes: Buffer.from(text), slots: [] };
  }

  fill(): void {}
}
