import type { IncomingMessage } from "../broker/message.ts";
import { fingerprint } from "../broker/message-fingerprint.ts";
import type { StreamEntry, StreamGap } from "../broker/stream.ts";
import type { CursorCodec } from "./cursor-codec.ts";

/** A message of a stream as a subscriber gets it. */
export class ReplayedMessage {
  readonly message: IncomingMessage;
  readonly gap: StreamGap | undefined;
  readonly #stream: string;
  readonly #offset: number;
  readonly #cursors: CursorCodec;

  constructor(stream: string, { message, offset, gap }: StreamEntry, cursors: CursorCodec) {
    this.#stream = stream;
    this.message = message;
    this.#offset = offset;
    this.gap = gap;
    this.#cursors = cursors;
  }

  /** Where to resume after it. Made when it is asked for: it takes reading the whole message. */
  get cursor(): string {
    return this.#cursors.encode(this.#stream, {
      offset: this.#offset,
      fingerprint: fingerprint(this.message),
      receivedAt: this.message.receivedAt,
    });
  }
}
