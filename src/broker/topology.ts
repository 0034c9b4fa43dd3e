import type { FieldTable } from "./field-table.ts";

/** The exchange types of AMQP 0-9-1 (section 3.1.3). A broker's plugins may bring others. */
export const EXCHANGE_TYPES = ["direct", "fanout", "topic", "headers"] as const;
export type ExchangeType = (typeof EXCHANGE_TYPES)[number];

export interface ExchangeSpec {
  readonly name: string;
  readonly type: ExchangeType;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  /** Takes messages from other exchanges only. */
  readonly internal: boolean;
  readonly arguments: FieldTable;
}

export const QUEUE_TYPES = ["classic", "quorum", "stream"] as const;
export type QueueType = (typeof QUEUE_TYPES)[number];

export interface QueueSpec {
  readonly name: string;
  readonly type: QueueType;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly arguments: FieldTable;
}

export const DESTINATION_TYPES = ["queue", "exchange"] as const;
export type DestinationType = (typeof DESTINATION_TYPES)[number];

/** Identified by all of its parts together: the same parts again are the same binding. */
export interface Binding {
  readonly source: string;
  readonly destination: string;
  readonly destinationType: DestinationType;
  readonly routingKey: string;
  readonly arguments: FieldTable;
}

/** How a headers exchange compares: every value, or at least one. */
export const HEADERS_MATCHES = ["all", "any"] as const;
export type HeadersMatch = (typeof HEADERS_MATCHES)[number];

/** What a tap listens to: an exchange, and what is asked of the messages that it routes. */
export interface TapSpec {
  readonly exchange: string;
  /** Sorted, each once, at least one. */
  readonly routingPatterns: readonly string[];
  readonly headers?: { readonly match: HeadersMatch; readonly values: FieldTable };
}
