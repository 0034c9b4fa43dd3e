import { CodedError, toError } from "../../errors.ts";
import { exchangeNotFound, internalExchange } from "../broker-errors.ts";
import type { OutgoingMessage } from "../message.ts";
import { Deadlines } from "./deadlines.ts";
import type { RabbitMqOptions } from "./options.ts";
import { PendingPublish } from "./pending-publish.ts";
import type { PublishBudget } from "./publish-budget.ts";
import { refusal, replyCode } from "./reply-codes.ts";
import type { ConfirmChannel, ConfirmListener } from "./wire/confirm-channel.ts";
import type { AmqpConnection } from "./wire/amqp-connection.ts";

/** A burst may wait for its turn this many times over what may be on its way; each for `publishWaitMs` at most. */
const WAITING_PER_IN_FLIGHT = 10;

/**
 * The way of publishes to one exchange: a confirm channel of its own, so that a wrong publish, which
 * closes its channel and all behind it, can only harm publishes to the same wrong exchange.
 *
 * On a new channel the first message travels alone: if the exchange is not there, that one message
 * is the reason, and nothing else was on its way.
 */
export class PublishLane implements ConfirmListener<PendingPublish> {
  readonly exchange: string;
  readonly #connection: AmqpConnection;
  readonly #options: RabbitMqOptions;
  readonly #budget: PublishBudget;
  readonly #waiting: PendingPublish[] = [];
  /** Sent and not confirmed, by message id, in the order of sending. */
  readonly #inFlight = new Map<string, PendingPublish>();
  #inFlightBytes = 0;
  #waitingBytes = 0;
  /** Counts publishes in the order in which they were asked for. */
  #place = 0;
  #placeAtLastSend = 0;
  readonly #unsent: Deadlines<PendingPublish>;
  readonly #unconfirmed: Deadlines<PendingPublish>;
  #channel: ConfirmChannel<PendingPublish> | undefined;
  #opening = false;
  /** The exchange has taken a message on this channel. */
  #proven = false;

  constructor(
    exchange: string,
    connection: AmqpConnection,
    options: RabbitMqOptions,
    budget: PublishBudget,
  ) {
    this.exchange = exchange;
    this.#connection = connection;
    this.#options = options;
    this.#budget = budget;
    this.#unsent = new Deadlines(options.publishWaitMs, (pending) =>
      this.#fail(pending, busy(exchange)),
    );
    this.#unconfirmed = new Deadlines(options.confirmTimeoutMs, (pending) => pending.unknown());
  }

  get idle(): boolean {
    return this.#waiting.length === 0 && this.#inFlight.size === 0 && !this.#opening;
  }

  publish(message: OutgoingMessage): Promise<{ routed: boolean }> {
    const pending = new PendingPublish(message, ++this.#place);
    if (!this.#hasRoomToWait(pending) || !this.#budget.take(pending.bytes))
      return Promise.reject(busy(this.exchange));
    this.#waiting.push(pending);
    this.#waitingBytes += pending.bytes;
    this.#sendWaiting();
    if (!pending.sent) pending.expireIn(this.#unsent);
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
    if (channel) await this.#connection.closeChannel(channel);
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
    while (next && this.#mayNowSend(this.#channel, next)) {
      this.#waiting.shift();
      this.#waitingBytes -= next.bytes;
      if (next.message) this.#send(this.#channel, next, next.message);
      next = this.#waiting[0];
    }
  }

  #hasRoomToWait(pending: PendingPublish): boolean {
    return (
      this.#waiting.length < WAITING_PER_IN_FLIGHT * this.#options.publishInFlightMessages &&
      this.#waitingBytes + pending.bytes <= this.#options.publishInFlightBytes
    );
  }

  #mayNowSend(channel: ConfirmChannel<PendingPublish>, next: PendingPublish): boolean {
    if (channel.congested) return false;
    if (this.#inFlight.size === 0) return true;
    return (
      this.#proven &&
      this.#inFlight.size < this.#options.publishInFlightMessages &&
      this.#inFlightBytes + next.bytes <= this.#options.publishInFlightBytes &&
      // A returned message is known by its id, so one id is never on its way twice.
      !this.#inFlight.has(next.messageId)
    );
  }

  #send(
    channel: ConfirmChannel<PendingPublish>,
    pending: PendingPublish,
    message: OutgoingMessage,
  ): void {
    pending.sent = true;
    this.#placeAtLastSend = this.#place;
    try {
      channel.publish(message, pending);
    } catch (error) {
      this.#budget.giveBack(pending.bytes);
      pending.failed(notEncoded(this.exchange, error));
      return;
    }
    this.#inFlight.set(pending.messageId, pending);
    this.#inFlightBytes += pending.bytes;
    pending.expireIn(this.#unconfirmed);
  }

  confirmed(pending: PendingPublish): void {
    this.#arrived(pending);
    this.#proven = true;
    pending.confirmed();
    this.#sendWaiting();
  }

  refused(pending: PendingPublish): void {
    this.#arrived(pending);
    pending.refused();
    this.#sendWaiting();
  }

  /** RabbitMQ sends `basic.return` before the confirm of the same message. */
  returned(messageId: string | undefined): void {
    const pending = messageId === undefined ? undefined : this.#inFlight.get(messageId);
    if (pending) pending.returned = true;
  }

  drained(): void {
    this.#sendWaiting();
  }

  closed(failure: Error | undefined): void {
    // One that was being opened has told its opener.
    if (!this.#channel) return;
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

  #arrived(pending: PendingPublish): void {
    this.#inFlight.delete(pending.messageId);
    this.#inFlightBytes -= pending.bytes;
    this.#budget.giveBack(pending.bytes);
  }

  async #open(): Promise<void> {
    this.#opening = true;
    try {
      this.#channel = await this.#connection.openConfirmChannel(this);
      this.#proven = false;
    } catch (error) {
      const failure = refusal(error, "No channel could be opened");
      this.#failWaiting(() => failure);
    } finally {
      this.#opening = false;
    }
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
    if (last?.message && sent.length > 1) this.#waitAgain(last);
  }

  #waitAgain(pending: PendingPublish): void {
    if (!this.#budget.take(pending.bytes)) {
      pending.failed(busy(this.exchange));
      return;
    }
    pending.sent = false;
    this.#waiting.unshift(pending);
    this.#waitingBytes += pending.bytes;
    pending.expireIn(this.#unsent);
  }

  #settleSent(settle: (pending: PendingPublish) => void): void {
    const sent = [...this.#inFlight.values()];
    this.#inFlight.clear();
    this.#inFlightBytes = 0;
    for (const pending of sent) {
      this.#budget.giveBack(pending.bytes);
      settle(pending);
    }
  }

  #failWaiting(failure: () => CodedError): void {
    this.#waitingBytes = 0;
    for (const pending of this.#waiting.splice(0)) {
      this.#budget.giveBack(pending.bytes);
      pending.failed(failure());
    }
  }

  #fail(pending: PendingPublish, error: CodedError): void {
    const place = this.#waiting.indexOf(pending);
    if (place < 0) return;
    this.#waiting.splice(place, 1);
    this.#waitingBytes -= pending.bytes;
    this.#budget.giveBack(pending.bytes);
    pending.failed(error);
  }
}

function busy(exchange: string): CodedError {
  return new CodedError(
    "BUSY",
    `Too many messages are on their way to exchange "${exchange}"; this one was not sent, try again later`,
  );
}

function notEncoded(exchange: string, error: unknown): CodedError {
  const what = `A message to exchange "${exchange}" could not be encoded`;
  return error instanceof RangeError
    ? new CodedError("MESSAGE_TOO_LARGE", `${what}: its properties or headers do not fit`, {
        cause: error,
      })
    : refusal(error, what);
}
