import { invalidArgument, notSupported, queueMismatch } from "../../broker-errors.ts";
import type { FieldValue } from "../../field-table.ts";
import { fieldValueKey } from "../../field-table-key.ts";
import type { QueueSpec } from "../../topology.ts";

interface Argument {
  readonly expected: string;
  readonly takes: (value: FieldValue) => boolean;
}

/** Each argument that this broker keeps, and what RabbitMQ takes for it. */
const ARGUMENTS = {
  "x-queue-type": oneOf("classic"),
  "x-max-length": wholeNumber("", 0),
  "x-max-length-bytes": wholeNumber(" of bytes", 0),
  "x-overflow": oneOf("drop-head", "reject-publish", "reject-publish-dlx"),
  "x-message-ttl": wholeNumber(" of milliseconds", 0),
  "x-expires": wholeNumber(" of milliseconds", 1),
  "x-dead-letter-exchange": { expected: "an exchange's name", takes: isText },
  "x-dead-letter-routing-key": { expected: "a routing key", takes: isText },
  "x-max-priority": {
    expected: "a whole number from 0 to 255",
    takes: (value: FieldValue) => isWholeNumber(value, 0) && Number(value) <= 255,
  },
  "x-single-active-consumer": {
    expected: "true or false",
    takes: (value: FieldValue) => typeof value === "boolean",
  },
} as const satisfies Record<string, Argument>;

/** What RabbitMQ refuses on a classic queue, because it belongs to quorum queues and streams. */
const OTHER_TYPES = new Set([
  "x-delivery-limit",
  "x-dead-letter-strategy",
  "x-initial-cluster-size",
  "x-max-age",
  "x-max-in-memory-bytes",
  "x-max-in-memory-length",
  "x-queue-leader-locator",
  "x-quorum-initial-group-size",
  "x-stream-max-segment-size-bytes",
]);

/** Rejects an argument that is not kept with NOT_SUPPORTED, a value that RabbitMQ would not take with PRECONDITION_FAILED. */
export function checkQueueArguments({ arguments: given }: QueueSpec): void {
  for (const [name, value] of Object.entries(given)) {
    if (OTHER_TYPES.has(name))
      throw invalidArgument(name, fieldValueKey(value), "left out of a classic queue");
    const argument = known(name);
    if (!argument)
      throw notSupported(
        `The queue argument ${name}`,
        `it takes ${Object.keys(ARGUMENTS).join(", ")}`,
      );
    if (!argument.takes(value))
      throw invalidArgument(name, fieldValueKey(value), argument.expected);
  }
  const routingKey = given["x-dead-letter-routing-key"];
  if (routingKey !== undefined && given["x-dead-letter-exchange"] === undefined)
    throw invalidArgument(
      "x-dead-letter-routing-key",
      fieldValueKey(routingKey),
      "left out where there is no x-dead-letter-exchange",
    );
}

/** Rejects a declaration that is not the one which made the queue, naming the first difference. */
export function mustEqualQueue(existing: QueueSpec, given: QueueSpec): void {
  for (const property of ["durable", "autoDelete"] as const) {
    if (existing[property] !== given[property])
      throw queueMismatch(
        existing.name,
        property,
        String(existing[property]),
        String(given[property]),
      );
  }
  for (const name of Object.keys(ARGUMENTS)) {
    // Left out, the type is classic; `x-queue-type` says no more than that.
    if (name === "x-queue-type") continue;
    const [has, asked] = [existing.arguments[name], given.arguments[name]];
    if (text(has) !== text(asked)) throw queueMismatch(existing.name, name, text(has), text(asked));
  }
}

function known(name: string): Argument | undefined {
  return Object.entries(ARGUMENTS).find(([key]) => key === name)?.[1];
}

/** The type of a number does not matter: RabbitMQ takes integers of every width. */
function text(value: FieldValue | undefined): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  return typeof value === "number" || typeof value === "bigint"
    ? value.toString()
    : fieldValueKey(value);
}

function oneOf(...values: readonly string[]): Argument {
  return {
    expected: values.map((value) => `"${value}"`).join(" or "),
    takes: (value) => typeof value === "string" && values.includes(value),
  };
}

function wholeNumber(unit: string, least: number): Argument {
  return {
    expected: `a whole number${unit}, ${least} or more`,
    takes: (value) => isWholeNumber(value, least),
  };
}

function isWholeNumber(value: FieldValue, least: number): boolean {
  return typeof value === "bigint"
    ? value >= least
    : typeof value === "number" && Number.isSafeInteger(value) && value >= least;
}

function isText(value: FieldValue): boolean {
  return typeof value === "string";
}
