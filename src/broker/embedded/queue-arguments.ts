import { invalidArgument, notSupported, queueMismatch } from "../broker-errors.ts";
import type { FieldValue } from "../field-table.ts";
import type { QueueSpec } from "../topology.ts";
import { fieldValueKey } from "../field-table-key.ts";

/** Each argument that this broker keeps, and what RabbitMQ takes for it. */
const ARGUMENTS = {
  "x-queue-type": { expected: '"classic"', takes: (value: FieldValue) => value === "classic" },
  "x-max-length": { expected: "a whole number, 0 or more", takes: isCount },
  "x-max-length-bytes": { expected: "a whole number of bytes, 0 or more", takes: isCount },
  "x-overflow": { expected: '"drop-head"', takes: (value: FieldValue) => value === "drop-head" },
  "x-message-ttl": { expected: "a whole number of milliseconds, 0 or more", takes: isCount },
} as const;

/** Bounds of a queue's ready messages. Without a bound, infinity. */
export interface QueueBounds {
  readonly maxLength: number;
  readonly maxLengthBytes: number;
  readonly messageTtlMs: number;
}

/** Rejects an argument that is not kept with NOT_SUPPORTED, a value that RabbitMQ would not take with PRECONDITION_FAILED. */
export function checkQueueArguments({ arguments: given }: QueueSpec): void {
  for (const [name, value] of Object.entries(given)) {
    const argument = known(name);
    if (!argument)
      throw notSupported(
        `The queue argument ${name}`,
        `it takes ${Object.keys(ARGUMENTS).join(", ")}`,
      );
    if (name === "x-overflow" && (value === "reject-publish" || value === "reject-publish-dlx"))
      throw notSupported(`x-overflow ${fieldValueKey(value)}`, 'use "drop-head"');
    if (!argument.takes(value))
      throw invalidArgument(name, fieldValueKey(value), argument.expected);
  }
}

export function queueBounds({ arguments: given }: QueueSpec): QueueBounds {
  const bound = (name: keyof typeof ARGUMENTS): number => Number(given[name] ?? Infinity);
  return {
    maxLength: bound("x-max-length"),
    maxLengthBytes: bound("x-max-length-bytes"),
    messageTtlMs: bound("x-message-ttl"),
  };
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

function known(name: string): (typeof ARGUMENTS)[keyof typeof ARGUMENTS] | undefined {
  return Object.entries(ARGUMENTS).find(([key]) => key === name)?.[1];
}

/** The type of a number does not matter: RabbitMQ takes integers of every width. */
function text(value: FieldValue | undefined): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  return typeof value === "number" || typeof value === "bigint"
    ? value.toString()
    : fieldValueKey(value);
}

function isCount(value: FieldValue): boolean {
  return (
    (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) ||
    (typeof value === "bigint" && value >= 0n)
  );
}
