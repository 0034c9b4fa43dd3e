import type { CodedError, ErrorCode } from "../errors.ts";
import type { IncomingMessage, OutgoingMessage } from "./message.ts";
import type { QueueConsumption, QueueListener, QueueReader } from "./queue-delivery.ts";
import type { BrokerStatus, ConnectionStatus } from "./status.ts";
import type { StreamReader, StreamStart } from "./stream.ts";
import type {
  Binding,
  BindingsOf,
  ExchangeDescription,
  ExchangeSpec,
  QueueCounts,
  QueueDescription,
  QueueSpec,
  QueueType,
  TapSpec,
} from "./topology.ts";

/**
 * What a broker must do to stand behind the gateway.
 *
 * The contract suite in test/conformance is this text as tests: an adapter is done when it passes.
 * Arguments arrive checked (see broker.ts): names and keys of at most 255 bytes, headers within
 * their limits. All methods may be called concurrently, and after `close` as well.
 *
 * Errors: a method MUST reject with a {@link CodedError} where the contract names a code for the
 * failure, and MUST NOT let one caller's failure reach another: no publish, tap or declaration may
 * fail, stall or be delayed beyond its turn because another was wrong.
 */
export interface BrokerAdapter {
  /** What this broker cannot do, as data. MUST answer NOT_SUPPORTED to what it declares absent. */
  readonly capabilities: BrokerCapabilities;

  /**
   * The user that publishes are made as. RabbitMQ closes the channel of a message whose `userId`
   * is another (RabbitMQ, "Validated User-ID").
   */
  readonly user: string;

  /** Starts connecting. MUST return at once and MUST NOT throw; a broker that is down is tried again. */
  open(): void;

  readonly status: BrokerStatus;

  /** Each connection to the broker; none where it needs none. */
  readonly connections: readonly ConnectionStatus[];

  /** Calls `listener` after every change of `status`, until the returned function is called. */
  onStatus(listener: (status: BrokerStatus) => void): () => void;

  /**
   * Resolves once the broker has taken responsibility for the message (RabbitMQ, "Publisher
   * Confirms"); `routed` says whether it reached at least one queue.
   * MUST reject with NOT_FOUND where the exchange does not exist, FORBIDDEN where the user may not,
   * PUBLISH_REFUSED where the broker said no, CONFIRM_UNKNOWN where the message was sent and the
   * answer never came, BROKER_UNAVAILABLE or BROKER_BLOCKED where it was not sent.
   * MUST keep the order of publishes to one exchange. The caller MUST NOT change the message before
   * there is an outcome.
   */
  publish(message: OutgoingMessage): Promise<{ routed: boolean }>;

  /**
   * Opens a tap: an exclusive, auto-delete, bounded queue with a binding for each pattern.
   * Resolves once bindings and consumer are confirmed; rejects with NOT_FOUND where the exchange
   * does not exist, having left nothing behind.
   * MUST call `listener.live` before the first `delivery`, and MUST deliver in publish order, once,
   * every matching message that was published after `live`.
   * MUST call `interrupted` as soon as it knows that messages may be missed, restore the tap by
   * itself, and say so with one `gap` before the first delivery that follows. What was routed before a
   * binding was lost is delivered all the same, and ends no interruption.
   * MUST notice, within its probe interval where the broker does not tell, that the exchange or a
   * binding has gone, and where it has come back since, as far as the broker can be asked.
   */
  openTap(spec: TapSpec, listener: TapListener): Promise<Tap>;

  /**
   * Consumes a queue that exists, with at most `prefetch` deliveries unsettled. Resolves once the broker
   * has accepted the consumer; deliveries may come before. MUST reject with NOT_FOUND where there is no such
   * queue, FORBIDDEN where the user may not read, RESOURCE_LOCKED where it is exclusive or has an exclusive
   * consumer, PRECONDITION_FAILED where it is a stream, BUSY where the gateway can have no more consumers.
   * MUST share the queue with other consumers as the broker does, and MUST NOT let what one consumer does
   * wrong reach another.
   * MUST call `interrupted` when what was delivered has gone back, consume again by itself, and call `ended`
   * with NOT_FOUND when the queue is gone. A delivery of before an interruption MUST NOT settle anything.
   */
  consume(
    queue: string,
    options: { prefetch: number },
    listener: QueueListener,
  ): Promise<QueueConsumption>;

  /** Declares, or finds declared exactly so. Rejects with PRECONDITION_FAILED where it is otherwise. */
  declareExchange(spec: ExchangeSpec): Promise<void>;

  /** Rejects with PRECONDITION_FAILED where `ifUnused` and it has bindings. False: there was none. */
  deleteExchange(name: string, options: { ifUnused: boolean }): Promise<boolean>;

  /** Declares, or finds declared exactly so. Rejects with PRECONDITION_FAILED where it is otherwise. */
  declareQueue(spec: QueueSpec): Promise<QueueCounts>;

  /**
   * The number of messages deleted with it, 0 where there was no such queue. Rejects with
   * PRECONDITION_FAILED where a condition is not met, NOT_SUPPORTED where the queue's type knows no such condition.
   */
  deleteQueue(name: string, options: { ifUnused: boolean; ifEmpty: boolean }): Promise<number>;

  /**
   * Removes the messages that wait, and not those that consumers hold; the number removed. Rejects with
   * NOT_FOUND where there is none, NOT_SUPPORTED for a stream.
   */
  purgeQueue(name: string): Promise<number>;

  /**
   * Counted at this moment. Rejects with NOT_FOUND where there is no such queue, FORBIDDEN or
   * RESOURCE_LOCKED where there may be and the broker does not let this user count.
   */
  countQueue(name: string): Promise<QueueCounts>;

  /**
   * What there is, the broker's own included, in any order. These five MUST tell of every declaration and
   * binding that was confirmed before they were called; counts may lag, and the documentation says by how
   * much. They reject with NOT_SUPPORTED, saying what to set, where this broker cannot be asked;
   * LIMIT_EXCEEDED where there is more than one answer may hold.
   */
  readExchanges(): Promise<readonly ExchangeDescription[]>;
  readExchange(name: string): Promise<ExchangeDescription | undefined>;
  readQueues(): Promise<readonly QueueDescription[]>;
  readQueue(name: string): Promise<QueueDescription | undefined>;
  /** None where there is no such exchange or queue, and without those of the default exchange, which every queue has. */
  readBindings(of: BindingsOf): Promise<readonly Binding[]>;

  /** Idempotent. Rejects with NOT_FOUND where source or destination does not exist. */
  bind(binding: Binding): Promise<void>;

  /** Idempotent: a binding that does not exist is unbound. */
  unbind(binding: Binding): Promise<void>;

  /**
   * A way to take messages from a queue one by one. What the queue lacks is told by {@link QueueReader.next}.
   * Rejects with BUSY where too many readers are open. What goes back MUST take its old place, in order, as far as
   * the queue's type can; of two readers each MUST be given messages of its own.
   * `putsBack`: everything that is read will be put back. MUST reject with NOT_SUPPORTED where that is known to
   * bring messages nearer to a delivery limit.
   */
  openReader(queue: string, options: { putsBack: boolean }): Promise<QueueReader>;

  /**
   * Publishes a message, and resolves with the first reply to it. MUST itself set `replyTo`, a
   * `correlationId` that nobody can guess, and an `expirationMs` of at most `timeoutMs`.
   * MUST reject as `publish` does, with UNROUTABLE where no queue received it, REQUEST_TIMEOUT where no
   * reply came within `timeoutMs`, and CONFIRM_UNKNOWN at once where it was sent and its reply can no
   * longer come. MUST drop whatever else comes: late and second replies, and those to nothing that was asked.
   * Rejects with BUSY where too many requests wait for a reply.
   */
  request(message: OutgoingMessage, options: { timeoutMs: number }): Promise<IncomingMessage>;

  /**
   * Reads a stream: every message from `start` on, once and in order, over reconnects too.
   * MUST reject with NOT_FOUND where there is no such queue, PRECONDITION_FAILED where it is no stream, and
   * LIMIT_EXCEEDED where as many are being read as can be.
   * "last" MUST begin with the newest message of all, or with the next where there is none. `since` MUST begin with
   * the first message that was stored at that time or later, and passes over those at the beginning whose own
   * timestamp is older: both are in whole seconds, and a message without a timestamp is not passed over.
   * `after` MUST make sure that the message at that place is the one it was, and says so with the `gap` of the
   * first message where it is not: "history-truncated" where it is no longer kept, and more with it;
   * "history-replaced" where there is another message or none, and then begins with the oldest.
   * MUST NOT read ahead by more than a bound of what is asked for, whoever else reads.
   */
  openStream(stream: string, start: StreamStart): Promise<StreamReader>;

  /** Ends every tap, reader and connection; requests end with BROKER_UNAVAILABLE. Idempotent; never rejects. */
  close(): Promise<void>;
}

export interface BrokerCapabilities {
  readonly queueTypes: readonly QueueType[];
}

export const GAP_CAUSES = [
  /** The connection was lost. */
  "reconnected",
  /** Somebody deleted the tap's queue. */
  "queue-deleted",
  /** The exchange was deleted, or a binding of the tap's. */
  "binding-lost",
  /** The tap's queue was full, and the broker dropped the oldest. */
  "broker-overflow",
] as const;

/** A stretch in which matching messages may have been missed. Of causes that meet it has the first. */
export interface TapGap {
  readonly cause: (typeof GAP_CAUSES)[number];
  readonly from: Date;
  readonly until: Date;
  /** How many, where that is known. */
  readonly dropped?: number;
}

/** Called synchronously and in order. MUST NOT throw; after `Tap.close` has been called, never called. */
export interface TapListener {
  /** Once: every matching message published from now on is delivered. */
  live(since: Date): void;
  delivery(message: IncomingMessage): void;
  /**
   * From now on matching messages may be missed, until `gap` says that the tap is live again; told
   * again where there is a new reason why it is not.
   */
  interrupted(why: CodedError): void;
  /** The tap is live, whether or not it was known before that it was not. */
  gap(gap: TapGap): void;
  /** The last call: the tap cannot be restored, and why. */
  ended(error: Error & { code: ErrorCode }): void;
}

export interface Tap {
  /**
   * Makes sure that the bindings exist, by making them again: nobody tells when an exchange or a
   * binding is deleted. MUST reject with NOT_FOUND where the exchange does not exist. What it finds out
   * is told to the listener before it settles: `gap` where something had gone and is back,
   * `interrupted` where it cannot be had. Where what it asks is late it MAY settle, if the exchange exists,
   * and tell later.
   */
  confirm(): Promise<void>;
  /** Resolves when nothing of the tap is left on the broker. Idempotent; never rejects. */
  close(): Promise<void>;
}
