import { OWN_HEADERS } from "../broker/check-headers.ts";
import {
  fieldTable,
  isFieldTable,
  type FieldTable,
  type FieldValue,
} from "../broker/field-table.ts";
import type { IncomingMessage, MessageProperties, OutgoingMessage } from "../broker/message.ts";
import { uniqueId } from "../broker/unique-id.ts";
import { checkCopyable } from "./check-copyable.ts";
import { isRetryQueue } from "./retry-queue.ts";

/** RabbitMQ's counts of a quorum queue's returns: up to 4.2 of all, since 4.3 of failures and of all. */
export const BROKER_COUNTS: readonly string[] = ["x-delivery-count", "x-acquired-count"];

/** How often it has been handed out when it is the next time. A whole number, for other consumers of the queue to read. */
const ATTEMPT = OWN_HEADERS.attempt;
/** What the way through a retry queue would change of the message. */
const ORIGINAL = OWN_HEADERS.original;
/** RabbitMQ lets nobody publish in another user's name (RabbitMQ, "Validated User-ID"): told, and not claimed. */
const USER_ID = "x-gql-user-id";

/** What RabbitMQ acts upon, or writes itself, when a message with them is published or dead-lettered. */
const DEATH = "x-death";
const FIRST_DEATH = "x-first-death";
const LAST_DEATH = "x-last-death";

/** A message as it was before it was retried, and what is known of its attempts. */
export interface Retried {
  readonly message: IncomingMessage;
  /** The attempt that the first delivery of this copy is. */
  readonly attempt: number;
}

/**
 * Sees through retries: exchange, routing key, properties and headers as they were published. What has come from
 * elsewhere, or has been dead-lettered since, begins again with attempt 1, and says itself where it is from.
 */
export function retried(message: IncomingMessage): Retried {
  const { headers } = message;
  const original = headers[ORIGINAL];
  if (!isTable(original)) return { message, attempt: 1 };
  const isBack = isRetryQueue(deathsIn(headers)[0]?.["queue"]);
  const attempt = headers[ATTEMPT];
  return {
    message: new OriginalMessage(message, original, isBack),
    attempt: isBack && typeof attempt === "number" && attempt >= 1 ? Math.floor(attempt) : 1,
  };
}

/**
 * The copy that waits in `retryQueue`, and is delivered as `attempt` when it is back. `user` is who publishes.
 * @throws {CodedError} as {@link checkCopyable}.
 */
export function forRetry(
  message: IncomingMessage,
  { retryQueue, attempt, user }: { retryQueue: string; attempt: number; user: string },
): OutgoingMessage {
  checkCopyable(message);
  const { expirationMs, userId, persistent, ...properties } = message.properties;
  const headers = fieldTable();
  const original = fieldTable({ exchange: message.exchange, "routing-key": message.routingKey });
  for (const [name, value] of Object.entries(message.headers))
    if (name === DEATH) original["death"] = value;
    // Further routing keys: the copy is for its queue alone.
    else if (name === "CC") original["cc"] = value;
    else if (!isDeathSummary(name) && !BROKER_COUNTS.includes(name)) headers[name] = value;
  // It would end the wait early, and dead-lettering takes it away.
  if (expirationMs !== undefined) original["expiration"] = expirationMs;
  if (!persistent) original["transient"] = true;
  if (userId !== undefined && userId !== user) headers[USER_ID] = userId;
  headers[ATTEMPT] = attempt;
  headers[ORIGINAL] = original;
  return {
    exchange: "",
    routingKey: retryQueue,
    body: message.body,
    headers,
    properties: {
      ...properties,
      userId: userId === user ? userId : undefined,
      persistent: true,
      messageId: properties.messageId ?? uniqueId(),
    },
  };
}

class OriginalMessage implements IncomingMessage {
  readonly #message: IncomingMessage;
  readonly #original: FieldTable;
  /** Straight from a retry queue: the broker's own word is about our way there. */
  readonly #isBack: boolean;
  #headers?: FieldTable;

  constructor(message: IncomingMessage, original: FieldTable, isBack: boolean) {
    this.#message = message;
    this.#original = original;
    this.#isBack = isBack;
  }

  get exchange(): string {
    return this.#text("exchange") ?? this.#message.exchange;
  }

  get routingKey(): string {
    return this.#text("routing-key") ?? this.#message.routingKey;
  }

  get body(): Buffer {
    return this.#message.body;
  }

  get text(): string | null {
    return this.#message.text;
  }

  get json(): unknown {
    return this.#message.json;
  }

  get jsonText(): string | null {
    return this.#message.jsonText;
  }

  get redelivered(): boolean {
    return this.#message.redelivered;
  }

  get receivedAt(): Date {
    return this.#message.receivedAt;
  }

  get properties(): MessageProperties {
    const { properties } = this.#message;
    const expiration = this.#original["expiration"];
    return {
      ...properties,
      persistent: this.#original["transient"] === true ? false : properties.persistent,
      expirationMs: typeof expiration === "number" ? expiration : properties.expirationMs,
    };
  }

  get headers(): FieldTable {
    return (this.#headers ??= originalHeaders(this.#message.headers, this.#original));
  }

  #text(name: string): string | undefined {
    const value = this.#isBack ? this.#original[name] : undefined;
    return typeof value === "string" ? value : undefined;
  }
}

function originalHeaders(headers: FieldTable, original: FieldTable): FieldTable {
  const restored = fieldTable();
  for (const [name, value] of Object.entries(headers))
    if (name !== ATTEMPT && name !== ORIGINAL && name !== DEATH && !isDeathSummary(name))
      restored[name] = value;
  if (original["cc"] !== undefined) restored["CC"] = original["cc"];
  const before = original["death"];
  const deaths = [
    ...deathsIn(headers).filter(({ queue }) => !isRetryQueue(queue)),
    ...(Array.isArray(before) ? before.filter(isTable) : []),
  ];
  const [last, first] = [deaths[0], deaths.at(-1)];
  if (!last || !first) return restored;
  restored[DEATH] = deaths;
  if (`${FIRST_DEATH}-queue` in headers) summarise(FIRST_DEATH, first, restored);
  // RabbitMQ has written it since 3.13.
  if (`${LAST_DEATH}-queue` in headers) summarise(LAST_DEATH, last, restored);
  return restored;
}

function summarise(prefix: string, death: FieldTable, headers: FieldTable): void {
  for (const part of ["exchange", "queue", "reason"]) {
    const value = death[part];
    if (value !== undefined) headers[`${prefix}-${part}`] = value;
  }
}

function isDeathSummary(name: string): boolean {
  return name.startsWith(`${FIRST_DEATH}-`) || name.startsWith(`${LAST_DEATH}-`);
}

/** The latest first. */
function deathsIn(headers: FieldTable): readonly FieldTable[] {
  const deaths = headers[DEATH];
  return Array.isArray(deaths) ? deaths.filter(isTable) : [];
}

function isTable(value: FieldValue | undefined): value is FieldTable {
  return value !== undefined && isFieldTable(value);
}
