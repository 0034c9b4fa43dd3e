import { invalidArgument, notSupported } from "../broker-errors.ts";
import type { FieldValue } from "../field-table.ts";
import { fieldValueKey } from "../field-table-key.ts";
import type { QueueSpec, QueueType } from "../topology.ts";
import type { RabbitMqCapabilities } from "./capabilities.ts";

/**
 * What the broker would close the connection over, or not answer at all, refused before it is sent. Throws
 * NOT_SUPPORTED for what newer brokers no longer declare, PRECONDITION_FAILED for values that RabbitMQ does not check
 * before it works with them.
 */
export function checkQueue(spec: QueueSpec, capabilities: RabbitMqCapabilities): void {
  for (const { argument, type, expected, takes } of UNCHECKED) {
    const value = spec.arguments[argument];
    if (value !== undefined && spec.type === type && !takes(value))
      throw invalidArgument(argument, fieldValueKey(value), expected);
  }
  if (!spec.durable && !capabilities.transientQueues)
    throw notSupported(
      `Queue ${JSON.stringify(spec.name)} with durable: false`,
      "declare it with durable: true",
    );
  if (capabilities.queueModes) return;
  if ("x-queue-mode" in spec.arguments)
    throw notSupported("The argument x-queue-mode", "leave it out");
  if (Number(spec.arguments["x-queue-version"]) === 1)
    throw notSupported("The argument x-queue-version: 1", "leave it out");
}

interface Unchecked {
  readonly argument: string;
  readonly type: QueueType;
  readonly expected: string;
  readonly takes: (value: FieldValue) => boolean;
}

const LOCATORS: readonly FieldValue[] = ["client-local", "min-masters", "random"];

/** As RabbitMQ 3.10 has it: each other value ends the connection, or has the channel wait for ever. */
const UNCHECKED: readonly Unchecked[] = [
  {
    argument: "x-queue-master-locator",
    type: "classic",
    expected: LOCATORS.map(fieldValueKey).join(" or "),
    takes: (value) => LOCATORS.includes(value),
  },
  {
    argument: "x-max-age",
    type: "stream",
    expected: 'a whole number and one of the units Y, M, D, h, m and s, such as "7D"',
    takes: (value) => typeof value === "string" && /^\d{1,15}[YMDhms]$/.test(value),
  },
];
