import type { Binding, ExchangeSpec, QueueSpec } from "../topology.ts";

/** What an embedded broker has at one moment, by name. Changes of the broker do not change it. */
export interface BrokerSnapshot {
  readonly exchanges: readonly ExchangeSpec[];
  readonly queues: readonly QueueSnapshot[];
  /** Without those that bind every queue to the default exchange by its name. */
  readonly bindings: readonly Binding[];
}

export interface QueueSnapshot extends QueueSpec {
  readonly exclusive: boolean;
  readonly messagesReady: number;
  readonly messagesUnacknowledged: number;
  readonly consumers: number;
}
