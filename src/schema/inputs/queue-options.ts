import type { FieldTable } from "../../broker/field-table.ts";
import type { QueueType } from "../../broker/topology.ts";
import { CodedError } from "../../errors.ts";
import { givenTwice } from "./given-twice.ts";

/** An option that becomes an argument (RabbitMQ, "Optional Arguments"). */
interface QueueOption {
  readonly argument: string;
  /** The types of queue that take it: RabbitMQ refuses it of others, or does not do what it says. */
  readonly types: readonly QueueType[];
  /** Of a number, both included. */
  readonly min?: number;
  readonly max?: number;
}

const QUEUES: readonly QueueType[] = ["classic", "quorum"];

export const QUEUE_OPTIONS = {
  maxPriority: { argument: "x-max-priority", types: ["classic"], min: 1, max: 255 },
  messageTtlMs: { argument: "x-message-ttl", types: QUEUES, min: 0 },
  expiresMs: { argument: "x-expires", types: QUEUES, min: 1 },
  maxLength: { argument: "x-max-length", types: QUEUES, min: 0 },
  maxLengthBytes: {
    argument: "x-max-length-bytes",
    types: ["classic", "quorum", "stream"],
    min: 0,
  },
  overflow: { argument: "x-overflow", types: QUEUES },
  deadLetterExchange: { argument: "x-dead-letter-exchange", types: QUEUES },
  deadLetterRoutingKey: { argument: "x-dead-letter-routing-key", types: QUEUES },
  deliveryLimit: { argument: "x-delivery-limit", types: ["quorum"], min: 0 },
  singleActiveConsumer: { argument: "x-single-active-consumer", types: QUEUES },
  maxAgeSeconds: { argument: "x-max-age", types: ["stream"], min: 1 },
} as const satisfies Record<string, QueueOption>;

export type QueueOptionName = keyof typeof QUEUE_OPTIONS;

/** Adds the option to `table`. Throws BAD_USER_INPUT where it is out of range, or there already. */
export function setOption(
  table: FieldTable,
  name: QueueOptionName,
  value: number | string | boolean,
): void {
  const { argument, min = -Infinity, max }: QueueOption = QUEUE_OPTIONS[name];
  if (argument in table) throw givenTwice(name, `arguments[${JSON.stringify(argument)}]`);
  if (typeof value === "number" && (value < min || value > (max ?? Infinity)))
    throw new CodedError(
      "BAD_USER_INPUT",
      `${name} is ${value}; it must be ${max === undefined ? `${min} or more` : `from ${min} to ${max}`}`,
    );
  table[argument] = name === "maxAgeSeconds" ? `${String(value)}s` : value;
}

/** Throws BAD_USER_INPUT where an argument, by whichever name it was given, is not for this type of queue. */
export function checkOptionTypes(table: FieldTable, type: QueueType, given: object): void {
  for (const [name, { argument, types }] of Object.entries<QueueOption>(QUEUE_OPTIONS)) {
    if (!(argument in table) || types.includes(type)) continue;
    const isOption = name in given && given[name as keyof typeof given] !== null;
    throw new CodedError(
      "BAD_USER_INPUT",
      `${isOption ? name : `arguments[${JSON.stringify(argument)}]`} does not go with type ${type.toUpperCase()}; it takes ${types.map((each) => each.toUpperCase()).join(" or ")}`,
    );
  }
}
