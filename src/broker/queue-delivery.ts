import type { CodedError } from "../errors.ts";
import type { IncomingMessage } from "./message.ts";

/**
 * What becomes of a delivery (AMQP 0-9-1 sections 1.8.3.13 and 1.8.3.14, RabbitMQ "Negative
 * Acknowledgements"): done with, back to its queue, or off it, to the dead-letter exchange where there is one.
 */
export const SETTLEMENTS = ["ack", "requeue", "reject"] as const;
export type Settlement = (typeof SETTLEMENTS)[number];

/** A message that a queue has handed out, and that is its still until it is settled. */
export interface QueueDelivery {
  readonly message: IncomingMessage;
  /**
   * False where it was settled before, or where the channel it came on is gone: then the queue has it back
   * already, and nothing is sent. Never throws.
   */
  settle(how: Settlement): boolean;
}

/** Called synchronously and in order. MUST NOT throw; after `close` has been called, never called. */
export interface QueueListener {
  delivery(delivery: QueueDelivery): void;
  /** Whatever was delivered and is not settled has gone back to the queue; consuming goes on by itself when it can. */
  interrupted(why: CodedError): void;
  /** The last call: the queue is gone (NOT_FOUND), or consuming is at an end for another reason. */
  ended(error: CodedError): void;
}

/** A consumer of a queue. */
export interface QueueConsumption {
  /** Resolves when the consumer is gone and what it had not settled is back in the queue. Idempotent; never rejects. */
  close(): Promise<void>;
}

/** Takes messages from a queue one by one. One call of `next` at a time. */
export interface QueueReader {
  /**
   * The next message, or undefined where the queue has none ready. Rejects with NOT_FOUND where there is no such
   * queue, FORBIDDEN, RESOURCE_LOCKED (exclusive to another connection, or it has a single active consumer),
   * NOT_SUPPORTED (a stream), and BROKER_UNAVAILABLE where the reader was lost: what it held is back in the queue.
   */
  next(): Promise<QueueDelivery | undefined>;
  /** Messages that were ready in the queue behind the one that `next` gave last; 0 before the first. */
  readonly remaining: number;
  /** What was not settled goes back to the queue. Idempotent; never rejects. */
  close(): Promise<void>;
}
