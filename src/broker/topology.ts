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

/** An exchange as the broker has it. */
export interface ExchangeDescription extends Omit<ExchangeSpec, "type"> {
  /** Undefined for a type that a broker plugin brings. */
  readonly type: ExchangeType | undefined;
  /** As the broker says it: "topic", "x-consistent-hash". */
  readonly typeName: string;
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

/** What a queue holds for whom, at one moment. */
export interface QueueCounts {
  readonly messagesReady: number;
  readonly consumers: number;
}

/** A queue as the broker has it. Counts are undefined where the broker has not counted yet. */
export interface QueueDescription extends Omit<QueueSpec, "type"> {
  /** Undefined for a type that a broker plugin brings. */
  readonly type: QueueType | undefined;
  /** Only the connection that declared it may use it (AMQP 0-9-1 section 1.7.2.1, "exclusive"). */
  readonly exclusive: boolean;
  readonly messagesReady: number | undefined;
  readonly messagesUnacknowledged: number | undefined;
  readonly consumers: number | undefined;
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

/** Which bindings: those with an exchange as their source, those with a queue as their destination, or all. */
export type BindingsOf = { readonly source: string } | { readonly queue: string } | "all";

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
