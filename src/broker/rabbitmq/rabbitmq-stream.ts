import { CodedError, toError, type ErrorCode } from "../../errors.ts";
import { brokerClosed, noConnection } from "../broker-errors.ts";
import { fingerprint } from "../message-fingerprint.ts";
import type { StreamEntry, StreamGap, StreamPoint, StreamReader, StreamStart } from "../stream.ts";
import type { AmqpConnection } from "./wire/amqp-connection.ts";
import { attachToStream } from "./attach-to-stream.ts";
import { DeliveredMessage } from "./delivered-message.ts";
import { HoleWatch } from "./hole-watch.ts";
import type { RabbitMqOptions } from "./options.ts";
import { Restoration } from "./restoration.ts";
import { STREAM_PREFETCH, type StreamConsumer, type StreamDelivery } from "./stream-consumer.ts";

/** What is not tried again: the reader is told, and can come back. */
const FINAL: readonly ErrorCode[] = ["NOT_FOUND", "PRECONDITION_FAILED", "FORBIDDEN"];

interface Hooks {
  readonly connection: () => AmqpConnection | undefined;
  /** The offset of the oldest message that the stream keeps now; rejects where it cannot be told. */
  readonly firstKept: () => Promise<number>;
  readonly onClosed: () => void;
}

/** A reader of a stream over the lives of many consumers, each of which goes on after what the one before received last. */
export class RabbitMqStream implements StreamReader {
  readonly #stream: string;
  readonly #options: RabbitMqOptions;
  readonly #hooks: Hooks;
  readonly #closing = new AbortController();
  /** Where to begin, while nothing has been received. */
  #start: StreamStart;
  /** What was received last: the next consumer goes on after it. */
  #place: StreamPoint | undefined;
  /** That message is not in the stream any more, and nothing after it has been received yet. */
  #isPlaceGone = false;
  /** Messages that say that they are older are passed over, until the first that does not. */
  #since: Date | undefined;
  #consumer: StreamConsumer | undefined;
  /** Of the next consumer. */
  #prefetch = STREAM_PREFETCH;
  readonly #holes: HoleWatch<StreamDelivery>;
  /** Received, and not asked for yet: about a prefetch, as nothing more comes before they are. */
  readonly #waiting: { entry: StreamEntry; delivery: StreamDelivery }[] = [];
  #handedOut: StreamDelivery | undefined;
  readonly #readers: {
    resolve: (entry: StreamEntry | undefined) => void;
    reject: (error: Error) => void;
  }[] = [];
  #opening: Promise<void> | undefined;
  /** It has had its first consumer: from then on it looks for the next by itself. */
  #wasRead = false;
  readonly #restoration: Restoration;
  #error: CodedError | undefined;
  /** The error, until somebody has been told. */
  #untold: CodedError | undefined;
  #closed?: Promise<void>;

  constructor(stream: string, start: StreamStart, options: RabbitMqOptions, hooks: Hooks) {
    this.#stream = stream;
    this.#options = options;
    this.#hooks = hooks;
    this.#holes = new HoleWatch({
      firstKept: hooks.firstKept,
      passed: (delivery, isTruncated) => this.#receive(delivery, isTruncated),
    });
    this.#start = start;
    this.#place = "after" in start ? start.after : undefined;
    this.#since = "since" in start ? start.since : undefined;
    this.#restoration = new Restoration(
      {
        isNeeded: () => this.#isToBeRestored,
        hasConnection: () => hooks.connection() !== undefined,
        restore: () => this.#attach(),
        isToBeTriedAgain: (error) => this.#isToBeTriedAgain(error),
      },
      { minMs: options.reconnectMinMs, signal: this.#closing.signal },
    );
  }

  /** The first consumer. Rejects, with nothing left behind, where it cannot be had. */
  open(): Promise<void> {
    return (this.#opening ??= this.#open());
  }

  next(): Promise<StreamEntry | undefined> {
    this.#isDoneWithTheLast();
    const waiting = this.#waiting.shift();
    if (waiting) {
      this.#handedOut = waiting.delivery;
      return Promise.resolve(waiting.entry);
    }
    this.#consumer?.flush();
    if (this.#untold) {
      const error = this.#untold;
      this.#untold = undefined;
      void this.close();
      return Promise.reject(error);
    }
    if (this.#isClosing) return Promise.resolve(undefined);
    this.restore();
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
  }

  /** Goes on reading, where it was interrupted. Called whenever there is a new connection. */
  restore(): void {
    this.#restoration.start();
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  /** The adapter is closing: whoever reads is told that this was all. */
  async end(): Promise<void> {
    this.#fail(brokerClosed());
    await this.close();
  }

  get #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    this.#waiting.length = 0;
    this.#holes.drop();
    for (const { resolve } of this.#readers.splice(0)) resolve(undefined);
    await this.#opening?.catch(() => {});
    await this.#restoration.settled();
    await this.#consumer?.close();
    this.#hooks.onClosed();
  }

  async #open(): Promise<void> {
    await this.#attach();
    this.#wasRead = true;
    this.restore();
  }

  async #attach(): Promise<void> {
    const connection = this.#hooks.connection();
    if (!connection) throw noConnection();
    const start = this.#place ? { after: this.#place } : this.#start;
    const {
      consumer,
      first,
      passed,
      isGone = false,
    } = await attachToStream(connection, this.#stream, start, this.#prefetch);
    if (this.#isClosing) {
      await consumer.close();
      throw brokerClosed();
    }
    // From here on it is known where it began, and "last" would be another message the next time.
    if ("at" in this.#start) this.#start = { at: "first" };
    this.#isPlaceGone = isGone;
    if (passed) this.#place = new ReceivedPoint(passed);
    this.#consumer = consumer;
    if (first) this.#receive(first);
    this.#holes.begin(isGone ? undefined : this.#place?.offset);
    consumer.flow({
      delivery: (delivery) => this.#holes.receive(delivery),
      ended: (fitting) => {
        this.#prefetch = fitting ?? this.#prefetch;
        // The next is sent it again; but where that would be too much again, it would never pass.
        if (fitting === undefined) this.#holes.drop();
        this.#holes.whenPassed(() => {
          this.#consumer = undefined;
          this.restore();
        });
      },
    });
  }

  #receive(delivery: StreamDelivery, isTruncated = false): void {
    const point = new ReceivedPoint(delivery);
    const isGap = isTruncated || this.#isPlaceGone;
    const gap = this.#place && isGap ? gapBetween(this.#place, point) : undefined;
    this.#place = point;
    this.#isPlaceGone = false;
    if (this.#isPassedOver(point)) delivery.consumer.done(delivery);
    else this.#hand({ message: point.message, offset: point.offset, gap }, delivery);
  }

  /** By the publisher's own clock: when the broker stored a message, AMQP does not tell. */
  #isPassedOver({ message }: ReceivedPoint): boolean {
    if (!this.#since) return false;
    const { timestamp } = message.properties;
    if (timestamp && timestamp.getTime() / 1000 < Math.floor(this.#since.getTime() / 1000))
      return true;
    this.#since = undefined;
    return false;
  }

  #hand(entry: StreamEntry, delivery: StreamDelivery): void {
    const reader = this.#readers.shift();
    if (!reader) {
      this.#waiting.push({ entry, delivery });
      return;
    }
    this.#handedOut = delivery;
    reader.resolve(entry);
  }

  #isDoneWithTheLast(): void {
    const delivery = this.#handedOut;
    this.#handedOut = undefined;
    delivery?.consumer.done(delivery);
  }

  /** What has been received is asked for first: else each interruption would add to what waits. */
  get #isToBeRestored(): boolean {
    if (!this.#wasRead || this.#consumer || this.#waiting.length > 0) return false;
    return !this.#isClosing && !this.#error;
  }

  #isToBeTriedAgain(error: unknown): boolean {
    if (this.#isClosing) return false;
    const { logger } = this.#options;
    logger.debug({ err: toError(error), stream: this.#stream }, "a stream cannot be read on yet");
    if (!(error instanceof CodedError) || !FINAL.includes(error.code)) return true;
    this.#fail(error);
    return false;
  }

  #fail(error: CodedError): void {
    if (this.#error || this.#isClosing) return;
    this.#error = this.#untold = error;
    const [reader, ...others] = this.#readers.splice(0);
    if (!reader) return;
    this.#untold = undefined;
    reader.reject(error);
    for (const { resolve } of others) resolve(undefined);
    void this.close();
  }
}

/**
 * What may have been missed between a message that is gone and the first after it. Not how many: RabbitMQ
 * puts entries of its own into a stream, at each new segment at least, and they have offsets too.
 */
function gapBetween(before: StreamPoint, after: StreamPoint): StreamGap | undefined {
  if (after.offset === before.offset + 1) return undefined;
  const isReplaced = after.offset <= before.offset;
  return {
    cause: isReplaced ? "history-replaced" : "history-truncated",
    from: before.receivedAt,
    until: after.receivedAt,
  };
}

/** A delivery as a point; its message is looked at only where it comes to that. */
class ReceivedPoint implements StreamPoint {
  readonly offset: number;
  readonly receivedAt: Date;
  readonly message: DeliveredMessage;

  constructor({ offset, raw }: StreamDelivery) {
    this.offset = offset;
    this.message = new DeliveredMessage(raw, Date.now());
    this.receivedAt = this.message.receivedAt;
  }

  get fingerprint(): string {
    return fingerprint(this.message);
  }
}
