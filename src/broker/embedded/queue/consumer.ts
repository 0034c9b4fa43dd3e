import type { StoredMessage } from "../stored-message.ts";
import type { QueuedMessage } from "./queued-message.ts";

/** Whom a queue hands its messages to. Its methods MUST NOT do anything to a queue within the call. */
export type Consumer = AcknowledgingConsumer | DirectConsumer;

interface AnyConsumer {
  /** The queue has gone, and what it had handed out is nobody's now. */
  queueGone(): void;
}

/** What it takes is its own to settle. */
export interface AcknowledgingConsumer extends AnyConsumer {
  readonly acknowledges: true;
  /** False while it holds as many unsettled messages as it may. */
  readonly hasRoom: boolean;
  take(message: QueuedMessage): void;
}

/** What it takes is done with at once (AMQP 0-9-1 section 1.8.3.3, "no-ack"), and it takes everything. */
export interface DirectConsumer extends AnyConsumer {
  readonly acknowledges: false;
  readonly hasRoom: true;
  take(message: StoredMessage): void;
}
