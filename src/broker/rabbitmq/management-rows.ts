import {
  EXCHANGE_TYPES,
  QUEUE_TYPES,
  type Binding,
  type ExchangeDescription,
  type QueueDescription,
} from "../topology.ts";
import { fieldTable, type FieldTable, type FieldValue } from "../field-table.ts";
import { ManagementTrouble } from "./management-api.ts";

/** What is read of each row: the rest may be long. */
export const EXCHANGE_COLUMNS = "name,type,durable,auto_delete,internal,arguments";
export const QUEUE_COLUMNS =
  "name,type,durable,auto_delete,exclusive,arguments,messages_ready,messages_unacknowledged,consumers";
export const DELIVERY_LIMIT_COLUMNS = "type,arguments,effective_policy_definition";
export const BINDING_COLUMNS = "source,destination,destination_type,routing_key,arguments";

type Row = Readonly<Record<string, unknown>>;

/** Something has answered that is no management API. */
export function notUnderstood(): ManagementTrouble {
  return new ManagementTrouble("what answers is no management API");
}

export function exchangeIn(answer: unknown): ExchangeDescription {
  const row = rowOf(answer);
  const typeName = text(row, "type");
  return {
    name: text(row, "name"),
    type: EXCHANGE_TYPES.find((type) => type === typeName),
    typeName,
    durable: flag(row, "durable"),
    autoDelete: flag(row, "auto_delete"),
    internal: flag(row, "internal"),
    arguments: argumentsIn(row),
  };
}

export function queueIn(answer: unknown): QueueDescription {
  const row = rowOf(answer);
  // Older answers, and those of a queue whose node is down, are without a type.
  const typeName = row["type"] ?? "classic";
  return {
    name: text(row, "name"),
    type: QUEUE_TYPES.find((type) => type === typeName),
    durable: flag(row, "durable"),
    autoDelete: flag(row, "auto_delete"),
    // Null of a type of queue that cannot be.
    exclusive: row["exclusive"] === true,
    arguments: argumentsIn(row),
    messagesReady: count(row, "messages_ready"),
    messagesUnacknowledged: count(row, "messages_unacknowledged"),
    consumers: count(row, "consumers"),
  };
}

/** As the queue's arguments, its policy and the operator's have it; `undefined` where none of them says anything. */
export function deliveryLimitIn(answer: unknown, unlessSaid: number | undefined): number | "none" {
  const row = rowOf(answer);
  if (row["type"] !== "quorum") return "none";
  const policy = row["effective_policy_definition"];
  const said = [
    argumentsIn(row)["x-delivery-limit"],
    typeof policy === "object" && policy !== null && "delivery-limit" in policy
      ? policy["delivery-limit"]
      : undefined,
  ].filter((limit) => typeof limit === "number");
  // Below zero there is no limit (RabbitMQ 4.0).
  const limits = said.filter((limit) => limit >= 0);
  if (limits.length > 0) return Math.min(...limits);
  return said.length > 0 ? "none" : (unlessSaid ?? "none");
}

export function bindingIn(answer: unknown): Binding {
  const row = rowOf(answer);
  return {
    source: text(row, "source"),
    destination: text(row, "destination"),
    destinationType: row["destination_type"] === "exchange" ? "exchange" : "queue",
    routingKey: text(row, "routing_key"),
    arguments: argumentsIn(row),
  };
}

export function rowsIn(answer: unknown): readonly unknown[] {
  if (!Array.isArray(answer)) throw notUnderstood();
  return answer;
}

/** RabbitMQ, "Management HTTP API", "Pagination". */
export function pageIn(answer: unknown): {
  readonly items: readonly unknown[];
  readonly pages: number;
  readonly total: number;
} {
  const row = rowOf(answer);
  return {
    items: rowsIn(row["items"]),
    pages: count(row, "page_count") ?? 1,
    total: count(row, "filtered_count") ?? 0,
  };
}

function rowOf(answer: unknown): Row {
  if (typeof answer !== "object" || answer === null || Array.isArray(answer)) throw notUnderstood();
  return answer as Row;
}

function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw notUnderstood();
  return value;
}

function flag(row: Row, column: string): boolean {
  const value = row[column];
  if (typeof value !== "boolean") throw notUnderstood();
  return value;
}

/** Undefined where the statistics have none yet. */
function count(row: Row, column: string): number | undefined {
  const value = row[column];
  return typeof value === "number" ? value : undefined;
}

/** Some versions write an empty table as an empty list. */
function argumentsIn(row: Row): FieldTable {
  const value = row["arguments"];
  if (value === undefined || Array.isArray(value)) return fieldTable();
  return tableOf(rowOf(value));
}

function tableOf(json: object): FieldTable {
  const table = fieldTable();
  for (const [key, value] of Object.entries(json)) table[key] = fieldOf(value);
  return table;
}

/** RabbitMQ writes as JSON what it has no other word for: a timestamp is its number of seconds. */
function fieldOf(json: unknown): FieldValue {
  if (Array.isArray(json)) return json.map(fieldOf);
  return typeof json === "object" && json !== null ? tableOf(json) : (json as FieldValue);
}
