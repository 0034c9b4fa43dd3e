import { CodedError } from "../errors.ts";

/**
 * What brokers refuse, in the words that every adapter uses. Each names the value that was wrong,
 * as the client gave it; the virtual host is the operator's and is not named.
 */

export function exchangeNotFound(name: string): CodedError {
  return new CodedError("NOT_FOUND", `There is no exchange ${quote(name)}`);
}

export function queueNotFound(name: string): CodedError {
  return new CodedError("NOT_FOUND", `There is no queue ${quote(name)}`);
}

/** `undefined` stands for an argument that was not given. */
export function exchangeMismatch(
  name: string,
  argument: string,
  existing: string | undefined,
  given: string | undefined,
): CodedError {
  return mismatch(`Exchange ${quote(name)}`, argument, existing, given);
}

export function queueMismatch(
  name: string,
  argument: string,
  existing: string | undefined,
  given: string | undefined,
): CodedError {
  return mismatch(`Queue ${quote(name)}`, argument, existing, given);
}

/** An argument that the broker knows, with a value that it cannot take. */
export function invalidArgument(argument: string, given: string, expected: string): CodedError {
  return new CodedError(
    "PRECONDITION_FAILED",
    `The argument ${argument} is ${given}; it must be ${expected}`,
  );
}

/** The default exchange and names that begin with "amq." (AMQP 0-9-1 sections 3.1.3.1 and 1.7.2.1.2). */
export function reservedName(name: string): CodedError {
  return new CodedError(
    "FORBIDDEN",
    name === ""
      ? 'The default exchange "" is the broker\'s own; it cannot be declared, deleted, bound or subscribed to'
      : `${quote(name)} cannot be declared or deleted: names that begin with "amq." are the broker's own`,
  );
}

export function exchangeInUse(name: string): CodedError {
  return new CodedError(
    "PRECONDITION_FAILED",
    `Exchange ${quote(name)} is in use: it has bindings`,
  );
}

export function queueInUse(name: string): CodedError {
  return new CodedError("PRECONDITION_FAILED", `Queue ${quote(name)} is in use: it has consumers`);
}

export function queueNotEmpty(name: string): CodedError {
  return new CodedError("PRECONDITION_FAILED", `Queue ${quote(name)} is not empty`);
}

export function queueLocked(name: string): CodedError {
  return new CodedError(
    "RESOURCE_LOCKED",
    `Queue ${quote(name)} is exclusive to another connection`,
  );
}

/** AMQP 0-9-1 section 1.8.3.3, "exclusive". */
export function exclusiveConsumer(queue: string): CodedError {
  return new CodedError(
    "RESOURCE_LOCKED",
    `Queue ${quote(queue)} has a consumer that wants to be its only one`,
  );
}

/** A node that is down takes its classic queues along until it is back. */
export function queueUnavailable(name: string): CodedError {
  return new CodedError(
    "BROKER_UNAVAILABLE",
    `Queue ${quote(name)} cannot be reached at the moment: the broker's node that holds it is down`,
  );
}

export function notFromStream(name: string): CodedError {
  return new CodedError(
    "PRECONDITION_FAILED",
    `${quote(name)} is a stream, which keeps its messages whoever reads them; read it with replay`,
  );
}

export function tooManyConsumers(): CodedError {
  return new CodedError(
    "BUSY",
    "The gateway has as many consumers of queues as it can have; try again when some have ended",
  );
}

export function internalExchange(name: string): CodedError {
  return new CodedError(
    "FORBIDDEN",
    `Exchange ${quote(name)} is internal: it takes messages from other exchanges only`,
  );
}

/** RabbitMQ, "Validated User-ID". */
export function foreignUserId(userId: string): CodedError {
  return new CodedError(
    "PRECONDITION_FAILED",
    `The user id ${quote(userId)} is not the user that the gateway is connected as`,
  );
}

/** RabbitMQ, "Consumer Acknowledgements and Publisher Confirms": a negative acknowledgement. */
export function publishRefused(messageId: string): CodedError {
  return new CodedError(
    "PUBLISH_REFUSED",
    `The broker refused message "${messageId}" (a queue that rejects what it has no room for, or a fault of its own); it was not taken by every queue`,
  );
}

export function unroutable(exchange: string, routingKey: string): CodedError {
  return new CodedError(
    "UNROUTABLE",
    `No queue was bound to receive the routing key ${quote(routingKey)} from exchange ${quote(exchange)}`,
  );
}

/** Nobody has answered; whether anybody has taken the request is not known. */
export function noReply(timeoutMs: number): CodedError {
  return new CodedError(
    "REQUEST_TIMEOUT",
    `No reply came within ${timeoutMs} ms; whether the request was carried out is not known`,
  );
}

/** The request was sent, and whatever is replied comes to nobody. */
export function replyLost(): CodedError {
  return new CodedError(
    "CONFIRM_UNKNOWN",
    "The request was sent, and the connection that its reply would have come by was lost: whether it was carried out is not known",
  );
}

export function noStream(name: string): CodedError {
  return new CodedError(
    "PRECONDITION_FAILED",
    `Queue ${quote(name)} is no stream; only a queue of type STREAM can be replayed`,
  );
}

/** `what` opens the sentence, `instead` says what would work. */
export function notSupported(what: string, instead: string): CodedError {
  return new CodedError("NOT_SUPPORTED", `${what} is not supported by this broker; ${instead}`);
}

export function noConnection(): CodedError {
  return new CodedError(
    "BROKER_UNAVAILABLE",
    "There is no connection to the broker at the moment; try again",
  );
}

export function brokerBlocked(): CodedError {
  return new CodedError(
    "BROKER_BLOCKED",
    "The broker takes no messages at the moment: it is short of memory or disk space; try again later",
  );
}

export function brokerClosed(): CodedError {
  return new CodedError(
    "BROKER_UNAVAILABLE",
    "The gateway has closed its connection to the broker",
  );
}

/** RabbitMQ spells this one differently from the clients of the gateway. */
const ARGUMENT_NAMES: Readonly<Record<string, string>> = { auto_delete: "autoDelete" };

function mismatch(
  subject: string,
  argument: string,
  existing: string | undefined,
  given: string | undefined,
): CodedError {
  const name = ARGUMENT_NAMES[argument] ?? argument;
  const has = existing === undefined ? `without ${name}` : `with ${name} ${quote(existing)}`;
  const asked = given === undefined ? "without" : `with ${name} ${quote(given)}`;
  return new CodedError(
    "PRECONDITION_FAILED",
    `${subject} exists ${has}; it was declared here ${asked}`,
  );
}

function quote(value: string): string {
  return JSON.stringify(value);
}
