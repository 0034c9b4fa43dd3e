import { CodedError, toError } from "../errors.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { BrokerAdapter, Tap, TapListener } from "./adapter.ts";
import { checkFieldTable } from "./check-headers.ts";
import { checkMessage } from "./check-message.ts";
import { checkName, checkShortString } from "./check-short-string.ts";
import { unroutable } from "./broker-errors.ts";
import type { BrokerLimits } from "./limits.ts";
import type { OutgoingMessage } from "./message.ts";
import type { BrokerStatus } from "./status.ts";
import type { Binding, ExchangeSpec, TapSpec } from "./topology.ts";

/**
 * The broker as the rest of the gateway knows it: what is asked of it is checked here, once for every
 * adapter, and what it fails with is a {@link CodedError}.
 *
 * Codes that any method may fail with: BAD_USER_INPUT and LIMIT_EXCEEDED (the value that was wrong,
 * and what would be right), FORBIDDEN, BROKER_UNAVAILABLE, REQUEST_TIMEOUT, INTERNAL_SERVER_ERROR.
 */
export class Broker {
  readonly #adapter: BrokerAdapter;
  readonly #limits: BrokerLimits;
  readonly #logger: Logger;

  constructor(adapter: BrokerAdapter, limits: BrokerLimits, logger: Logger) {
    this.#adapter = adapter;
    this.#limits = limits;
    this.#logger = logger;
  }

  open(): void {
    this.#adapter.open();
  }

  get status(): BrokerStatus {
    return this.#adapter.status;
  }

  /** Calls `listener` after every change of {@link status}, until the returned function is called. */
  onStatus(listener: (status: BrokerStatus) => void): () => void {
    return this.#adapter.onStatus(listener);
  }

  /**
   * Resolves after the broker's confirm. `mandatory` makes a message that no queue received an
   * error, UNROUTABLE, instead of `routed: false`.
   * Further codes: NOT_FOUND, MESSAGE_TOO_LARGE, PUBLISH_REFUSED, CONFIRM_UNKNOWN, BROKER_BLOCKED, BUSY.
   */
  async publish(
    message: OutgoingMessage,
    { mandatory }: { mandatory: boolean },
  ): Promise<{ routed: boolean }> {
    checkMessage(message, this.#adapter.user, this.#limits);
    let outcome: { routed: boolean };
    try {
      outcome = await this.#adapter.publish(message);
    } catch (error) {
      throw this.#told("publish", error);
    }
    if (mandatory && !outcome.routed) throw unroutable(message.exchange, message.routingKey);
    return outcome;
  }

  /** Further codes: NOT_FOUND. See {@link BrokerAdapter.openTap}. */
  async openTap(spec: TapSpec, listener: TapListener): Promise<Tap> {
    checkTap(spec, this.#limits);
    return await this.#asked("openTap", () => this.#adapter.openTap(spec, listener));
  }

  /** Further codes: PRECONDITION_FAILED. */
  async declareExchange(spec: ExchangeSpec): Promise<void> {
    checkNonEmptyName("name", spec.name);
    checkFieldTable("arguments", spec.arguments, this.#limits);
    const alternate = spec.arguments["alternate-exchange"];
    if (typeof alternate === "string") checkName("alternateExchange", alternate);
    await this.#asked("declareExchange", () => this.#adapter.declareExchange(spec));
  }

  /** False where there was none. Further codes: PRECONDITION_FAILED. */
  async deleteExchange(name: string, options: { ifUnused: boolean }): Promise<boolean> {
    checkNonEmptyName("name", name);
    return await this.#asked("deleteExchange", () => this.#adapter.deleteExchange(name, options));
  }

  /** Further codes: NOT_FOUND. */
  async bind(binding: Binding): Promise<void> {
    this.#checkBinding(binding);
    await this.#asked("bind", () => this.#adapter.bind(binding));
  }

  /** What does not exist is unbound already. */
  async unbind(binding: Binding): Promise<void> {
    this.#checkBinding(binding);
    await this.#asked("unbind", () => this.#adapter.unbind(binding));
  }

  /** Idempotent; never rejects. */
  async close(): Promise<void> {
    await this.#adapter.close();
  }

  #checkBinding(binding: Binding): void {
    checkNonEmptyName("source", binding.source);
    checkNonEmptyName("destination", binding.destination);
    checkShortString("routingKey", binding.routingKey);
    checkFieldTable("arguments", binding.arguments, this.#limits);
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

function checkTap(spec: TapSpec, limits: BrokerLimits): void {
  if (spec.exchange === "")
    throw new CodedError(
      "BAD_USER_INPUT",
      'The default exchange "" cannot be subscribed to: it sends each message to the queue that the routing key names',
    );
  checkName("exchange", spec.exchange);
  if (spec.routingPatterns.length === 0)
    throw new CodedError(
      "BAD_USER_INPUT",
      'routingPatterns is empty; leave it out for every key ("#"), or name at least one',
    );
  if (spec.routingPatterns.length > limits.maxRoutingPatterns)
    throw new CodedError(
      "LIMIT_EXCEEDED",
      `routingPatterns has ${spec.routingPatterns.length} entries; at most ${limits.maxRoutingPatterns} are taken`,
    );
  for (const pattern of spec.routingPatterns) checkShortString("The routing pattern", pattern);
  if (spec.headers) checkFieldTable("headers.values", spec.headers.values, limits);
}

function checkNonEmptyName(what: string, name: string): void {
  checkName(what, name);
  if (name === "")
    throw new CodedError(
      "BAD_USER_INPUT",
      `${what} is empty, which is the default exchange's name; it cannot be declared, bound or deleted`,
    );
}
