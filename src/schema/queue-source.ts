import type { BrokerAccess } from "../access/broker-access.ts";
import { queueNotFound } from "../broker/broker-errors.ts";
import { isGatewayQueue } from "../broker/reserved-name.ts";
import type { Binding, QueueCounts, QueueDescription, QueueSpec } from "../broker/topology.ts";
import { CodedError, type ErrorCode } from "../errors.ts";
import { grouped } from "./grouped.ts";
import { once } from "./once.ts";

type QueueDeclared = Pick<
  QueueDescription,
  "type" | "durable" | "autoDelete" | "exclusive" | "arguments"
>;

/**
 * A queue, each part of it found out when it is asked for: what it takes to know one may be missing, and the
 * others are told all the same.
 */
export interface QueueSource {
  readonly name: string;
  declared(): Promise<QueueDeclared>;
  messagesReady(): Promise<number>;
  consumers(): Promise<number>;
  messagesUnacknowledged(): Promise<number | undefined>;
  bindings(): Promise<readonly Binding[]>;
}

/** One that has just been declared so. */
export function declaredQueue(
  spec: QueueSpec,
  counts: QueueCounts,
  broker: BrokerAccess,
): QueueSource {
  return {
    name: spec.name,
    declared: () => Promise.resolve({ ...spec, exclusive: false }),
    messagesReady: () => Promise.resolve(counts.messagesReady),
    consumers: () => Promise.resolve(counts.consumers),
    messagesUnacknowledged: async () => (await broker.readQueue(spec.name))?.messagesUnacknowledged,
    bindings: () => broker.readBindings({ queue: spec.name }),
  };
}

/** Null where there is none, or where it is the gateway's own. */
export async function findQueue(name: string, broker: BrokerAccess): Promise<QueueSource | null> {
  if (isGatewayQueue(name)) return null;
  const described = once(() => broker.readQueue(name));
  let counts: QueueCounts;
  try {
    counts = await broker.countQueue(name);
  } catch (error) {
    if (hasCode(error, "NOT_FOUND")) return null;
    if (!isUncounted(error)) throw error;
    const found = await described();
    if (!found) return null;
    counts = counted(found);
  }
  const description = async () => {
    const found = await described();
    if (!found) throw queueNotFound(name);
    return found;
  };
  return {
    name,
    declared: description,
    messagesReady: () => Promise.resolve(counts.messagesReady),
    consumers: () => Promise.resolve(counts.consumers),
    messagesUnacknowledged: async () => (await description()).messagesUnacknowledged,
    bindings: () => broker.readBindings({ queue: name }),
  };
}

/** Of a list the bindings are asked for once, and not for each. */
export function queueSources(
  descriptions: readonly QueueDescription[],
  broker: BrokerAccess,
): readonly QueueSource[] {
  const byQueue = once(async () => {
    const all = await broker.readBindings("all");
    return grouped(
      all.filter(({ destinationType }) => destinationType === "queue"),
      ({ destination }) => destination,
    );
  });
  return descriptions.map((description) => {
    const { name, messagesReady, consumers, messagesUnacknowledged } = description;
    const count = once(() => countListed(description, broker));
    return {
      name,
      declared: () => Promise.resolve(description),
      messagesReady: async () => messagesReady ?? (await count()).messagesReady,
      consumers: async () => consumers ?? (await count()).consumers,
      messagesUnacknowledged: () => Promise.resolve(messagesUnacknowledged),
      bindings: async () => (await byQueue()).get(name) ?? [],
    };
  });
}

/** What has gone since, or may not be counted and is not in the statistics yet, does not fail the list: 0. */
async function countListed(
  description: QueueDescription,
  broker: BrokerAccess,
): Promise<QueueCounts> {
  const { name, exclusive } = description;
  try {
    // Another's, which RabbitMQ refuses to count.
    if (!exclusive) return await broker.countQueue(name);
  } catch (error) {
    if (!isUncounted(error) && !hasCode(error, "NOT_FOUND")) throw error;
  }
  return counted((await broker.readQueue(name)) ?? description);
}

function counted({ messagesReady = 0, consumers = 0 }: QueueDescription): QueueCounts {
  return { messagesReady, consumers };
}

/** It may be there, and this user may not count what it holds. */
function isUncounted(error: unknown): boolean {
  return hasCode(error, "FORBIDDEN") || hasCode(error, "RESOURCE_LOCKED");
}

function hasCode(error: unknown, code: ErrorCode): boolean {
  return error instanceof CodedError && error.code === code;
}
