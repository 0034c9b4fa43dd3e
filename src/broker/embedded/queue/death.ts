import { fieldTable, FieldTimestamp, isFieldTable } from "../../field-table.ts";
import type { FieldTable, FieldValue } from "../../field-table.ts";
import type { StoredMessage } from "../stored-message.ts";

/** Why a message leaves its queue as a dead letter, in the words of `x-death`. */
export type DeathReason = "rejected" | "expired" | "maxlen";

/** A message that a queue with a dead-letter exchange has given up. */
export interface Death {
  readonly message: StoredMessage;
  readonly reason: DeathReason;
  readonly queue: string;
  readonly deadLetterExchange: string;
  /** Undefined: the message keeps its own. */
  readonly deadLetterRoutingKey: string | undefined;
}

/**
 * The message as it goes to the dead-letter exchange, the way RabbitMQ 3.10 writes it ("Dead Letter
 * Exchanges"): the newest death first in `x-death`, one entry for each queue and reason with their
 * count, and without an expiration. CC goes where the queue gives another routing key, or it would
 * be routed by it again.
 */
export function deadLetter(death: Death): StoredMessage {
  const { message, deadLetterExchange, deadLetterRoutingKey } = death;
  const { expirationMs: _, ...properties } = message.properties;
  const headers = withDeath(message.headers, death);
  const rerouted = deadLetterRoutingKey !== undefined;
  if (rerouted) delete headers["CC"];
  return {
    ...message,
    exchange: deadLetterExchange,
    routingKey: rerouted ? deadLetterRoutingKey : message.routingKey,
    routingKeys: rerouted ? [deadLetterRoutingKey] : message.routingKeys,
    headers,
    properties: Object.freeze(properties),
  };
}

/** The entries of `x-death`; undefined where there are none, or something else goes by that name. */
export function deathsOf(headers: FieldTable): readonly FieldValue[] | undefined {
  const deaths = headers["x-death"];
  return Array.isArray(deaths) ? deaths : undefined;
}

function withDeath(headers: FieldTable, death: Death): FieldTable {
  const { reason, queue, message } = death;
  const entry = entryOf(death);
  const deaths = deathsOf(headers);
  if (deaths) return sorted({ ...headers, "x-death": [...counted(deaths, entry, death)] });
  const first = { ...headers, "x-death": [fieldTable({ count: 1, ...entry })] };
  if (headers["x-death"] !== undefined) return sorted(first);
  return sorted({
    ...first,
    "x-first-death-reason": reason,
    "x-first-death-queue": queue,
    "x-first-death-exchange": message.exchange,
  });
}

/** The entry for this queue and reason in front, counted up where there is one: with its first time. */
function counted(
  deaths: readonly FieldValue[],
  entry: FieldTable,
  { queue, reason }: Death,
): FieldValue[] {
  const isSame = (value: FieldValue): value is FieldTable =>
    isFieldTable(value) && value["queue"] === queue && value["reason"] === reason;
  const same = deaths.filter(isSame);
  const count = same.reduce((sum, earlier) => sum + countOf(earlier), 1);
  return [sorted({ ...(same[0] ?? entry), count }), ...deaths.filter((value) => !isSame(value))];
}

function entryOf({ reason, queue, message }: Death): FieldTable {
  const { exchange, routingKey, headers, properties } = message;
  const copies = headers["CC"];
  return fieldTable({
    reason,
    queue,
    time: new FieldTimestamp(Math.floor(Date.now() / 1000)),
    exchange,
    "routing-keys": [routingKey, ...(Array.isArray(copies) ? copies : [])],
    ...(properties.expirationMs !== undefined && {
      "original-expiration": String(properties.expirationMs),
    }),
  });
}

function countOf({ count }: FieldTable): number {
  return typeof count === "number" || typeof count === "bigint" ? Number(count) : 1;
}

function sorted(entries: Record<string, FieldValue>): FieldTable {
  const inOrder = Object.entries(entries).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return fieldTable(Object.fromEntries(inOrder));
}
