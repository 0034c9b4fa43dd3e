import type { ConfirmChannel, Message } from "amqplib";
import { CodedError, toError } from "../../errors.ts";
import { exchangeNotFound, internalExchange } from "../broker-errors.ts";
import type { OutgoingMessage } from "../message.ts";
import type { AmqpConnection } from "./amqp-connection.ts";
import { encodeOutgoing } from "./outgoing-message.ts";
import type { RabbitMqOptions } from "./options.ts";
import { PendingPublish } from "./pending-publish.ts";
import { refusal, replyCode } from "./reply-codes.ts";

/** A burst may wait for its turn this many times over what may be on its way; each for `publishWaitMs` at most. */
const WAITING_PER_IN_FLIGHT = 10;

/**
 * The way of publishes to one exchange: a confirm channel of its own, so that a wrong publish, which
 * closes its channel and all behind it, can only harm publishes to the same wrong exchange.
 *
 * On a new channel the first message travels alone: if the exchange is not there, that one message
 * is the reason, and nothing else was on its way.
 */
export class PublishLane {
  readonly exchange: string;
  readonly #connection: AmqpConnection;
  readonly #options: RabbitMqOptions;
  readonly #waiting: PendingPublish[] = [];
  /** Sent and not confirmed, by message id, in the order of sending. */
  readonly #inFlight = new Map<string, PendingPublish>();
  #inFlightBytes = 0;
  #waitingBytes = 0;
  /** Counts publishes in the order in which they were asked for. */
  #place = 0;
  #placeAtLastSend = 0;
  #channel?: ConfirmChannel | undefined;
  #opening = false;
  /** The exchange has taken a message on this channel. */
  #proven = false;
  #writable = true;

  constructor(exchange: string, connection: AmqpConnection, options: RabbitMqOptions) {
    this.exchange = exchange;
    this.#connection = connection;
    this.#options = options;
  }

  get idle(): boolean {
    return this.#waiting.length === 0 && this.#inFlight.size === 0 && !this.#opening;
  }

  publish(message: OutgoingMessage): Promise<{ routed: boolean }> {
    const pending = new PendingPublish(message, ++this.#place);
    if (!this.#hasRoomToWait(pending)) return Promise.reject(busy(this.exchange));
    this.#waiting.push(pending);
    this.#waitingBytes += pending.bytes;
    this.#sendWaiting();
    if (!pending.sent)
      pending.expire(this.#options.publishWaitMs, () => this.#fail(pending, busy(this.exchange)));
    return pending.outcome;
  }

  /** The exchange may have gone: the next message travels alone again. */
  doubt(): void {
    this.#proven = false;
  }

  /** For an idle lane that is no longer wanted. */
  async close(): Promise<void> {
    const channel = this.#channel;
    this.#channel = undefined;
    if (channel) await this.#connection.rpc(channel.close(), "closing a channel").catch(() => {});
  }

  /** The connection has ended: what was sent is unknown, what was waiting was not sent. */
  connectionLost(): void {
    this.#settleSent((pending) => pending.unknown());
    this.#failWaiting(
      () =>
        new CodedError(
          "BROKER_UNAVAILABLE",
          "The connection to the broker was lost before the message was sent",
        ),
    );
  }

  #sendWaiting(): void {
    if (this.#waiting.length === 0) return;
    if (!this.#channel) {
      if (!this.#opening) void this.#open();
      return;
    }
    let next = this.#waiting[0];
    while (next && this.#mayNowSend(next)) {
      this.#waiting.shift();
      this.#waitingBytes -= next.bytes;
      this.#send(this.#channel, next);
      next = this.#waiting[0];
    }
  }

  #hasRoomToWait(pending: PendingPublish): boolean {
    return (
      this.#waiting.length < WAITING_PER_IN_FLIGHT * this.#options.publishInFlightMessages &&
      this.#waitingBytes + pending.bytes <= this.#options.publishInFlightBytes
    );
  }

  #mayNowSend(next: PendingPublish): boolean {
    if (!this.#writable) return false;
    if (this.#inFlight.size === 0) return true;
    return (
      this.#proven &&
      this.#inFlight.size < this.#options.publishInFlightMessages &&
      this.#inFlightBytes + next.bytes <= this.#options.publishInFlightBytes &&
      // A returned message is known by its id, so one id is never on its way twice.
      !this.#inFlight.has(next.messageId)
    );
  }

  #send(channel: ConfirmChannel, pending: PendingPublish): void {
    const { exchange, routingKey } = pending.message;
    const { content, options } = encodeOutgoing(pending.message);
    pending.sent = true;
    this.#placeAtLastSend = this.#place;
    try {
      this.#writable = channel.publish(exchange, routingKey, content, options, (error: unknown) =>
        this.#answered(channel, pending, error),
      );
    } catch (error) {
      pending.failed(refusal(error, `A message to exchange "${exchange}" could not be encoded`));
      return;
    }
    this.#inFlight.set(pending.messageId, pending);
    this.#inFlightBytes += pending.bytes;
    pending.expire(this.#options.confirmTimeoutMs, () => pending.unknown());
  }

  #answered(channel: ConfirmChannel, pending: PendingPublish, error: unknown): void {
    // amqplib also calls back with an error when the channel closes: `#closed` knows more about that.
    if (channel !== this.#channel || (error instanceof Error && error.message !== "message nacked"))
      return;
    this.#inFlight.delete(pending.messageId);
    this.#inFlightBytes -= pending.bytes;
    if (error) pending.refused();
    else {
      this.#proven = true;
      pending.confirmed();
    }
    this.#sendWaiting();
  }

  async #open(): Promise<void> {
    this.#opening = true;
    try {
      const channel = await this.#connection.openConfirmChannel();
      let failure: unknown;
      channel.on("error", (error) => (failure = error));
      channel.on("close", () => this.#closed(channel, failure));
      channel.on("return", (returned) => this.#returned(returned));
      channel.on("drain", () => {
        this.#writable = true;
        this.#sendWaiting();
      });
      this.#channel = channel;
      this.#proven = false;
      this.#writable = true;
    } catch (error) {
      const failure = refusal(error, "No channel could be opened");
      this.#failWaiting(() => failure);
    } finally {
      this.#opening = false;
    }
    this.#sendWaiting();
  }

  /** RabbitMQ sends `basic.return` before the confirm of the same message. */
  #returned(returned: Message): void {
    const pending = this.#inFlight.get(String(returned.properties.messageId));
    if (pending) pending.returned = true;
  }

  #closed(channel: ConfirmChannel, failure: unknown): void {
    if (channel !== this.#channel) return;
    this.#channel = undefined;
    this.#proven = false;
    if (failure === undefined) {
      this.connectionLost();
      return;
    }
    if (replyCode(failure) === 404) this.#exchangeIsMissing();
    else this.#oneWasRefused(failure);
    this.#sendWaiting();
  }

  /** The broker reads in order and stops at what it refuses, so the last that was sent was not taken. */
  #exchangeIsMissing(): void {
    const last = [...this.#inFlight.values()].at(-1);
    this.#settleSent((pending) =>
      pending === last ? pending.failed(exchangeNotFound(this.exchange)) : pending.unknown(),
    );
    // What already waited when that one was sent was asked for before the exchange was found missing.
    const asked = this.#waiting.filter(({ place }) => place <= this.#placeAtLastSend);
    for (const pending of asked) this.#fail(pending, exchangeNotFound(this.exchange));
  }

  /** Which of several it was cannot be told, but not one after the last: that one tries again, alone. */
  #oneWasRefused(failure: unknown): void {
    const sent = [...this.#inFlight.values()];
    const last = sent.at(-1);
    const error = /internal exchange/.test(toError(failure).message)
      ? internalExchange(this.exchange)
      : refusal(failure, `The broker refused a publish to exchange "${this.exchange}"`);
    this.#settleSent((pending) => {
      if (sent.length === 1) pending.failed(error);
      else if (pending !== last) pending.unknown();
    });
    if (last && sent.length > 1) {
      last.sent = false;
      this.#waiting.unshift(last);
      this.#waitingBytes += last.bytes;
      last.expire(this.#options.publishWaitMs, () => this.#fail(last, busy(this.exchange)));
    }
  }

  #settleSent(settle: (pending: PendingPublish) => void): void {
    const sent = [...this.#inFlight.values()];
    this.#inFlight.clear();
    this.#inFlightBytes = 0;
    for (const pending of sent) settle(pending);
  }

  #failWaiting(failure: () => CodedError): void {
    this.#waitingBytes = 0;
    for (const pending of this.#waiting.splice(0)) pending.failed(failure());
  }

  #fail(pending: PendingPublish, error: CodedError): void {
    const place = this.#waiting.indexOf(pending);
    if (place < 0) return;
    this.#waiting.splice(place, 1);
    this.#waitingBytes -= pending.bytes;
    pending.failed(error);
  }
}

function busy(exchange: string): CodedError {
  return new CodedError(
    "BUSY",
    `Too many messages are on their way to exchange "${exchange}"; this one was not sent, try again later`,
  );
}
