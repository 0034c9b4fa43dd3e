import { CodedError } from "../../errors.ts";
import type { FieldTable } from "../field-table.ts";
import type { MessageProperties, OutgoingMessage } from "../message.ts";
import { copyFieldTable } from "./field-values.ts";

/** A message that the broker has taken: its own copy, which nobody outside can change. */
export interface StoredMessage {
  readonly exchange: string;
  readonly routingKey: string;
  /** All that it is routed by: its own, and those that CC and BCC add. */
  readonly routingKeys: readonly string[];
  readonly body: Buffer;
  readonly headers: FieldTable;
  readonly properties: MessageProperties;
}

/** What a message is routed by. */
export interface Routing {
  /** Its routing key, and those that CC and BCC add. */
  readonly routingKeys: readonly string[];
  readonly headers: FieldTable;
}

/** Headers that add routing keys (RabbitMQ, "Sender-selected Distribution"). BCC is not delivered. */
const COPIES = ["CC", "BCC"] as const;

/** Rejects with PRECONDITION_FAILED a CC or BCC that is not a list. */
export function routingOf(message: OutgoingMessage): Routing {
  const routingKeys = new Set([message.routingKey]);
  for (const header of COPIES) {
    const keys = message.headers[header];
    if (keys === undefined) continue;
    if (!Array.isArray(keys))
      throw new CodedError(
        "PRECONDITION_FAILED",
        `The header ${header} must be a list of routing keys`,
      );
    for (const key of keys) if (typeof key === "string") routingKeys.add(key);
  }
  return { routingKeys: [...routingKeys], headers: message.headers };
}

export function storeMessage(
  { exchange, routingKey, body, headers, properties }: OutgoingMessage,
  { routingKeys }: Pick<Routing, "routingKeys">,
): StoredMessage {
  const stored = copyFieldTable(headers);
  delete stored["BCC"];
  return {
    exchange,
    routingKey,
    routingKeys,
    body: Buffer.from(body),
    headers: stored,
    properties: storeProperties(properties),
  };
}

function storeProperties(properties: MessageProperties): MessageProperties {
  if (!properties.timestamp) return Object.freeze({ ...properties });
  const wholeSeconds = Math.floor(properties.timestamp.getTime() / 1000) * 1000;
  return Object.freeze({ ...properties, timestamp: new Date(wholeSeconds) });
}
