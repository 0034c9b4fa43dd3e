import type { FieldTable } from "../field-table.ts";

export interface QueueOptions {
  readonly durable: boolean;
  readonly exclusive: boolean;
  readonly autoDelete: boolean;
  readonly arguments: FieldTable;
}

export interface ExchangeOptions {
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly internal: boolean;
  readonly arguments: FieldTable;
}

export interface QueueDeclared {
  readonly messageCount: number;
  readonly consumerCount: number;
}

/**
 * A channel for declarations, deletions and bindings (AMQP 0-9-1 section 1.6 and 1.7). What is refused closes the
 * channel, and rejects with an error whose `code` is the broker's reply code (section 1.2).
 */
export interface Declarations {
  /** By whomever: nothing more can be asked. */
  readonly closed: boolean;
  /** `exchange.declare`. One that is there stays as it is, or is refused where it differs. */
  declareExchange(name: string, type: string, options: ExchangeOptions): Promise<void>;
  /** Whether there is one, by a passive declaration: it is refused (404) where there is none. */
  checkExchange(name: string): Promise<void>;
  deleteExchange(name: string, options: { ifUnused: boolean }): Promise<void>;
  bindExchange(to: string, from: string, routingKey: string, more: FieldTable): Promise<void>;
  unbindExchange(to: string, from: string, routingKey: string, more: FieldTable): Promise<void>;
  /** `queue.declare`, as {@link declareExchange}. */
  declareQueue(name: string, options: QueueOptions): Promise<QueueDeclared>;
  /** By a passive declaration; 404 where there is none. */
  checkQueue(name: string): Promise<QueueDeclared>;
  deleteQueue(
    name: string,
    options: { ifUnused: boolean; ifEmpty: boolean },
  ): Promise<{ messageCount: number }>;
  purgeQueue(name: string): Promise<{ messageCount: number }>;
  bindQueue(queue: string, exchange: string, routingKey: string, more: FieldTable): Promise<void>;
  unbindQueue(queue: string, exchange: string, routingKey: string, more: FieldTable): Promise<void>;
}

/** A connection that such channels are opened on. */
export interface DeclaringConnection {
  openChannel(): Promise<Declarations>;
  /** Bounds the wait for one AMQP method; a broker that misses it is given up on, connection and all. */
  rpc<T>(answer: Promise<T>, what: string): Promise<T>;
}
