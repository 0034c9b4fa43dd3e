import { setImmediate as nextTurn } from "node:timers/promises";
import type { Broker } from "../broker/broker.ts";
import type { StreamPosition, StreamReader, StreamStart } from "../broker/stream.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { CursorCodec } from "./cursor-codec.ts";
import { ReplayedMessage } from "./replayed-message.ts";

/** Where a replay begins, as a client says it. */
export type ReplayFrom =
  | { readonly position: StreamPosition }
  | { readonly since: Date }
  | { readonly cursor: string };

/**
 * Messages that one replay takes without a turn for others: sending resolves at once while a socket has
 * room, and promises that resolve at once leave timers and sockets waiting.
 */
const MESSAGES_A_TURN = 300;

/** Streams replayed to clients: a reader of the broker's for each, as each is at a place of its own. */
export class Replays {
  readonly #broker: Broker;
  readonly #cursors: CursorCodec;
  readonly #metrics: Metrics;

  constructor(broker: Broker, cursors: CursorCodec, metrics: Metrics) {
    this.#broker = broker;
    this.#cursors = cursors;
    this.#metrics = metrics;
  }

  /** Rejects where the cursor is not one of the stream's, or the stream cannot be read. */
  async open(stream: string, from: ReplayFrom): Promise<AsyncIterableIterator<ReplayedMessage>> {
    const reader = await this.#broker.openStream(stream, this.#startOf(stream, from));
    return this.#iterate(stream, reader);
  }

  #startOf(stream: string, from: ReplayFrom): StreamStart {
    if ("cursor" in from) return { after: this.#cursors.decode(stream, from.cursor) };
    return "since" in from ? from : { at: from.position };
  }

  /** As slow as whoever iterates: what is not asked for stays with the broker. `return` acts at once. */
  #iterate(stream: string, reader: StreamReader): AsyncIterableIterator<ReplayedMessage> {
    const { subscribers, received, delivered, gaps } = this.#metrics;
    let taken = 0;
    let isOver = false;
    subscribers.inc();
    const over = () => {
      if (!isOver) subscribers.dec();
      isOver = true;
    };
    const next = async (): Promise<IteratorResult<ReplayedMessage, undefined>> => {
      if (++taken % MESSAGES_A_TURN === 0) await nextTurn();
      try {
        const entry = await reader.next();
        if (entry && !isOver) {
          received.inc();
          delivered.inc();
          if (entry.gap) gaps.inc({ cause: entry.gap.cause });
          return { done: false, value: new ReplayedMessage(stream, entry, this.#cursors) };
        }
      } catch (error) {
        over();
        throw error;
      }
      over();
      return { done: true, value: undefined };
    };
    return {
      next,
      return: async () => {
        over();
        void reader.close();
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}
