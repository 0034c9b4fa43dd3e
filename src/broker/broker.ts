import { CodedError, toError } from "../errors.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { BrokerAdapter, Tap, TapListener } from "./adapter.ts";
import { checkMessage } from "./check-message.ts";
import { checkName } from "./check-short-string.ts";
import {
  checkBinding,
  checkClientsQueueName,
  checkExchange,
  checkExchangeName,
  checkQueue,
  checkQueueName,
  checkStreamName,
  checkTap,
} from "./check-topology.ts";
import { queueNotFound, unroutable } from "./broker-errors.ts";
import type { BrokerLimits } from "./limits.ts";
import { checkRequest, withCorrelationHeader, withCorrelationId } from "./correlation.ts";
import type { IncomingMessage, OutgoingMessage } from "./message.ts";
import { PublishOutcomes, type PublishOutcome } from "./publish-outcomes.ts";
import { receiptOf, type PublishReceipt } from "./publish-receipt.ts";
import type { QueueConsumption, QueueListener, QueueReader } from "./queue-delivery.ts";
import { isReply } from "./reply-to.ts";
import type { BrokerStatus, ConnectionStatus } from "./status.ts";
import { checkAddressees, checkClientsQueue, isGatewayQueue } from "./reserved-name.ts";
import type { StreamReader, StreamStart } from "./stream.ts";
import type {
  Binding,
  BindingsOf,
  ExchangeDescription,
  ExchangeSpec,
  QueueCounts,
  QueueDescription,
  QueueSpec,
  TapSpec,
} from "./topology.ts";

export interface BrokerOptions extends BrokerLimits {
  /** How long a publish with an id of the client's own is remembered; 0: not at all. */
  readonly publishRetryWindowMs: number;
}

/**
 * The broker as the rest of the gateway knows it: what is asked of it is checked here, once for every
 * adapter, and what it fails with is a {@link CodedError}.
 *
 * Codes that any method may fail with: BAD_USER_INPUT and LIMIT_EXCEEDED (the value that was wrong,
 * and what would be right), FORBIDDEN, BROKER_UNAVAILABLE, REQUEST_TIMEOUT, INTERNAL_SERVER_ERROR.
 *
 * The gateway's own queues ({@link isGatewayQueue}) are FORBIDDEN in whatever clients can do with a queue, whether or
 * not they exist, and missing from lists: they are reached by {@link declareOwnQueue} and {@link forward} alone.
 */
export class Broker {
  readonly #adapter: BrokerAdapter;
  readonly #limits: BrokerLimits;
  readonly #outcomes: PublishOutcomes | undefined;
  readonly #logger: Logger;
  readonly #metrics: Metrics;

  constructor(
    adapter: BrokerAdapter,
    options: BrokerOptions,
    { logger, metrics }: { logger: Logger; metrics: Metrics },
  ) {
    const { publishRetryWindowMs } = options;
    this.#adapter = adapter;
    this.#limits = options;
    this.#outcomes =
      publishRetryWindowMs > 0 ? new PublishOutcomes(publishRetryWindowMs) : undefined;
    this.#logger = logger;
    this.#metrics = metrics;
  }

  open(): void {
    this.#adapter.open();
  }

  get status(): BrokerStatus {
    return this.#adapter.status;
  }

  get connections(): readonly ConnectionStatus[] {
    return this.#adapter.connections;
  }

  /** Calls `listener` after every change of {@link status}, until the returned function is called. */
  onStatus(listener: (status: BrokerStatus) => void): () => void {
    return this.#adapter.onStatus(listener);
  }

  /**
   * Resolves after the broker's confirm. `mandatory` makes a message that no queue received an
   * error, UNROUTABLE, instead of `routed: false`. `idGiven`: the message's id is the client's own, by
   * which a retry is known and not published again ({@link PublishOutcomes}).
   * Further codes: NOT_FOUND, MESSAGE_TOO_LARGE, PUBLISH_REFUSED, CONFIRM_UNKNOWN, BROKER_BLOCKED, BUSY.
   */
  async publish(
    message: OutgoingMessage,
    { mandatory, idGiven = false }: { mandatory: boolean; idGiven?: boolean },
  ): Promise<PublishReceipt> {
    const startedAt = performance.now();
    let outcome: PublishOutcome;
    try {
      checkMessage(message, this.#adapter.user, this.#limits);
      checkAddressees(message);
      if (mandatory && isReply(message)) throw neverToldOfReplies();
      outcome = await (idGiven && this.#outcomes
        ? this.#outcomes.of(message, () => this.#adapter.publish(message))
        : this.#adapter.publish(message));
    } catch (error) {
      const told = this.#told("publish", error);
      this.#metrics.published(told.code, startedAt);
      throw told;
    }
    this.#metrics.published(outcome.routed ? "confirmed" : "unroutable", startedAt);
    if (mandatory && !outcome.routed) throw unroutable(message.exchange, message.routingKey);
    return receiptOf(message, outcome.routed);
  }

  /** Whom messages are published as. */
  get user(): string {
    return this.#adapter.user;
  }

  /**
   * Puts a message into a queue that was in another: what others have published there is not held to the limits of
   * what clients publish. Further codes: NOT_FOUND (no such queue), and those of {@link publish}.
   */
  async moveTo(
    queue: string,
    message: Omit<OutgoingMessage, "exchange" | "routingKey">,
  ): Promise<void> {
    const addressed = { ...message, exchange: "", routingKey: queue };
    checkName("The queue to move to", queue);
    checkClientsQueue("The queue to move to", queue);
    const startedAt = performance.now();
    const { routed } = await this.#asked("moveTo", () => this.#adapter.publish(addressed));
    this.#metrics.published(routed ? "confirmed" : "unroutable", startedAt);
    if (!routed) throw queueNotFound(queue);
  }

  /**
   * Publishes a message that a broker has taken before, as it is: what it may hold is not for us to say. Resolves after
   * the broker's confirm. Further codes: as {@link publish}.
   */
  async forward(message: OutgoingMessage): Promise<{ routed: boolean }> {
    return await this.#asked("forward", () => this.#adapter.publish(message));
  }

  /** Further codes: NOT_FOUND. See {@link BrokerAdapter.openTap}. */
  async openTap(spec: TapSpec, listener: TapListener): Promise<Tap> {
    checkTap(spec, this.#limits);
    return await this.#asked("openTap", () => this.#adapter.openTap(spec, listener));
  }

  /**
   * Further codes: NOT_FOUND, RESOURCE_LOCKED, PRECONDITION_FAILED, BUSY, NOT_SUPPORTED.
   * See {@link BrokerAdapter.consume}.
   */
  async consume(
    queue: string,
    options: { prefetch: number },
    listener: QueueListener,
  ): Promise<QueueConsumption> {
    checkClientsQueueName("queue", queue);
    return await this.#asked("consume", () => this.#adapter.consume(queue, options, listener));
  }

  /** Further codes: NOT_FOUND, PRECONDITION_FAILED (no stream), NOT_SUPPORTED. See {@link BrokerAdapter.openStream}. */
  async openStream(stream: string, start: StreamStart): Promise<StreamReader> {
    checkStreamName(stream);
    return await this.#asked("openStream", () => this.#adapter.openStream(stream, start));
  }

  /** Further codes: PRECONDITION_FAILED. */
  async declareExchange(spec: ExchangeSpec): Promise<void> {
    checkExchange(spec, this.#limits);
    await this.#asked("declareExchange", () => this.#adapter.declareExchange(spec));
  }

  /** False where there was none. Further codes: PRECONDITION_FAILED. */
  async deleteExchange(name: string, options: { ifUnused: boolean }): Promise<boolean> {
    checkExchangeName("name", name);
    return await this.#asked("deleteExchange", () => this.#adapter.deleteExchange(name, options));
  }

  /** Further codes: PRECONDITION_FAILED, RESOURCE_LOCKED, NOT_SUPPORTED. */
  async declareQueue(spec: QueueSpec): Promise<QueueCounts> {
    checkQueue(spec, this.#limits);
    return await this.#asked("declareQueue", () => this.#adapter.declareQueue(spec));
  }

  /** One of the gateway's own, which clients cannot ask for. Further codes: as {@link declareQueue}. */
  async declareOwnQueue(spec: QueueSpec): Promise<void> {
    await this.#asked("declareOwnQueue", () => this.#adapter.declareQueue(spec));
  }

  /**
   * The messages deleted with it; 0 also where there was none.
   * Further codes: PRECONDITION_FAILED, RESOURCE_LOCKED, NOT_SUPPORTED.
   */
  async deleteQueue(
    name: string,
    options: { ifUnused: boolean; ifEmpty: boolean },
  ): Promise<number> {
    checkClientsQueueName("name", name);
    return await this.#asked("deleteQueue", () => this.#adapter.deleteQueue(name, options));
  }

  /** The messages removed. Further codes: NOT_FOUND, RESOURCE_LOCKED, NOT_SUPPORTED. */
  async purgeQueue(name: string): Promise<number> {
    checkClientsQueueName("name", name);
    return await this.#asked("purgeQueue", () => this.#adapter.purgeQueue(name));
  }

  /** Counted at this moment. Further codes: NOT_FOUND, RESOURCE_LOCKED. See {@link BrokerAdapter.countQueue}. */
  async countQueue(name: string): Promise<QueueCounts> {
    checkQueueName("name", name);
    return await this.#asked("countQueue", () => this.#adapter.countQueue(name));
  }

  /** Sorted by name. Further codes: NOT_SUPPORTED. */
  async readExchanges(): Promise<readonly ExchangeDescription[]> {
    const all = await this.#asked("readExchanges", () => this.#adapter.readExchanges());
    return all.toSorted(byName);
  }

  /** Further codes: NOT_SUPPORTED. */
  async readExchange(name: string): Promise<ExchangeDescription | undefined> {
    checkName("name", name);
    return await this.#asked("readExchange", () => this.#adapter.readExchange(name));
  }

  /** Sorted by name, without the gateway's own. Further codes: NOT_SUPPORTED. */
  async readQueues(): Promise<readonly QueueDescription[]> {
    const all = await this.#asked("readQueues", () => this.#adapter.readQueues());
    return all.filter(({ name }) => !isGatewayQueue(name)).toSorted(byName);
  }

  /** Further codes: NOT_SUPPORTED. */
  async readQueue(name: string): Promise<QueueDescription | undefined> {
    checkQueueName("name", name);
    return await this.#asked("readQueue", () => this.#adapter.readQueue(name));
  }

  /** Without those of the gateway's own queues. Further codes: NOT_SUPPORTED. */
  async readBindings(of: BindingsOf): Promise<readonly Binding[]> {
    const all = await this.#asked("readBindings", () => this.#adapter.readBindings(of));
    return all.filter(
      ({ destination, destinationType }) =>
        destinationType !== "queue" || !isGatewayQueue(destination),
    );
  }

  /** Further codes: NOT_FOUND. */
  async bind(binding: Binding): Promise<void> {
    checkBinding(binding, this.#limits);
    await this.#asked("bind", () => this.#adapter.bind(binding));
  }

  /** What does not exist is unbound already. */
  async unbind(binding: Binding): Promise<void> {
    checkBinding(binding, this.#limits);
    await this.#asked("unbind", () => this.#adapter.unbind(binding));
  }

  /** Further codes: BUSY, NOT_SUPPORTED, and those of {@link QueueReader.next}. See {@link BrokerAdapter.openReader}. */
  async openReader(queue: string, options: { putsBack: boolean }): Promise<QueueReader> {
    checkClientsQueueName("queue", queue);
    const reader = await this.#asked("openReader", () => this.#adapter.openReader(queue, options));
    return {
      next: () => this.#asked("reading a queue", () => reader.next()),
      get remaining() {
        return reader.remaining;
      },
      close: () => reader.close(),
    };
  }

  /**
   * Resolves with the first reply. A `correlationId` of the caller's own is shown to the responder as the header
   * {@link CORRELATION_HEADER}, and is the reply's again.
   * Further codes: UNROUTABLE, NOT_FOUND, MESSAGE_TOO_LARGE, PUBLISH_REFUSED, CONFIRM_UNKNOWN,
   * BROKER_BLOCKED, BUSY. See {@link BrokerAdapter.request}.
   */
  async request(
    message: OutgoingMessage,
    { timeoutMs }: { timeoutMs: number },
  ): Promise<IncomingMessage> {
    checkRequest(message, timeoutMs, this.#limits.requestMaxTimeoutMs);
    const request = withCorrelationHeader(message);
    checkMessage(request, this.#adapter.user, this.#limits);
    checkAddressees(request);
    const reply = await this.#asked("request", () => this.#adapter.request(request, { timeoutMs }));
    return withCorrelationId(reply, message.properties.correlationId);
  }

  /** Idempotent; never rejects. */
  async close(): Promise<void> {
    await this.#adapter.close();
  }

  /** The one place where an adapter's failure becomes what a client may see. */
  async #asked<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.#told(what, error);
    }
  }

  #told(what: string, error: unknown): CodedError {
    if (error instanceof CodedError) {
      if (error.cause !== undefined)
        this.#logger.info(
          { code: error.code, what, cause: toError(error.cause).message },
          error.message,
        );
      return error;
    }
    this.#logger.error({ err: error, what }, "the broker adapter failed");
    return new CodedError("INTERNAL_SERVER_ERROR", "The gateway failed; its log says why");
  }
}

/** RabbitMQ returns every reply until 4.1, and none since 4.2. */
function neverToldOfReplies(): CodedError {
  return new CodedError(
    "BAD_USER_INPUT",
    "mandatory is true, and the broker does not tell whether anybody waits for a reply: leave it out",
  );
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
