import type { Broker } from "../broker/broker.ts";
import type { QueueDelivery, QueueReader } from "../broker/queue-delivery.ts";
import { CodedError, type ErrorCode } from "../errors.ts";
import { retried } from "./retried-message.ts";
import { diedIn, redriven } from "./redriven-message.ts";

/** Messages that are on their way at once: enough to keep the broker busy, and few to come twice where it is lost. */
const ON_THEIR_WAY = 100;

/** One call of redrive: moves messages, each confirmed where it goes before it is acknowledged where it was. */
export class Redriving {
  moved = 0;
  /** Messages that stay, and of `moved` those that came back to the queue that they were taken from. */
  left = 0;
  /** The first message that could not be moved, and why: those behind it were moved all the same. */
  stays: CodedError | undefined;
  /** Why no more can be moved at the moment. */
  failure: unknown;
  readonly #broker: Broker;
  readonly #reader: QueueReader;
  readonly #from: string;
  readonly #to: string | undefined;
  readonly #mayPublishTo: (queue: string) => void;

  constructor(
    broker: Broker,
    reader: QueueReader,
    {
      from,
      to,
      mayPublishTo,
    }: { from: string; to: string | undefined; mayPublishTo: (queue: string) => void },
  ) {
    this.#broker = broker;
    this.#reader = reader;
    this.#from = from;
    this.#to = to;
    this.#mayPublishTo = mayPublishTo;
  }

  /** Moves those that are there now, and at most so many. What comes meanwhile, or comes back, is not taken. */
  async run(most: number): Promise<void> {
    const onTheirWay = new Set<Promise<void>>();
    let bound = most;
    for (let taken = 0; taken < bound && this.failure === undefined; taken++) {
      const delivery = await this.#next();
      if (!delivery) break;
      if (taken === 0) bound = Math.min(most, 1 + this.#reader.remaining);
      const move = this.#move(delivery).finally(() => onTheirWay.delete(move));
      onTheirWay.add(move);
      if (onTheirWay.size >= ON_THEIR_WAY) await Promise.race(onTheirWay);
    }
    await Promise.all(onTheirWay);
  }

  async #next(): Promise<QueueDelivery | undefined> {
    try {
      return await this.#reader.next();
    } catch (error) {
      this.failure = error;
      return undefined;
    }
  }

  /** Never rejects. What is not acknowledged goes back to its place when the reader is closed. */
  async #move(delivery: QueueDelivery): Promise<void> {
    const { message } = retried(delivery.message);
    const queue = this.#to ?? diedIn(message);
    if (queue === undefined) {
      this.#stay(noDeadLetter(message.properties.messageId));
      return;
    }
    try {
      this.#mayPublishTo(queue);
      await this.#broker.moveTo(queue, redriven(message, this.#broker.user));
    } catch (error) {
      if (error instanceof CodedError && STAYS.has(error.code)) this.#stay(error);
      else this.failure ??= error;
      return;
    }
    this.moved++;
    if (queue === this.#from) this.left++;
    if (!delivery.settle("ack")) this.failure ??= comesTwice(this.#from);
  }

  #stay(why: CodedError): void {
    this.stays ??= why;
    this.left++;
  }
}

/** What is true of one message, and not of those behind it: of where it says that it died, and of its size. */
const STAYS: ReadonlySet<ErrorCode> = new Set([
  "NOT_FOUND",
  "FORBIDDEN",
  "BAD_USER_INPUT",
  "MESSAGE_TOO_LARGE",
  "NOT_SUPPORTED",
]);

function noDeadLetter(messageId: string | undefined): CodedError {
  const which = messageId === undefined ? "A message" : `Message ${JSON.stringify(messageId)}`;
  return new CodedError(
    "BAD_USER_INPUT",
    `${which} does not say in which queue it died (it has no header x-death); name a queue in \`to\``,
  );
}

function comesTwice(queue: string): CodedError {
  return new CodedError(
    "BROKER_UNAVAILABLE",
    `The connection that queue ${JSON.stringify(queue)} was read over was lost; messages that were moved last may still be there too`,
  );
}
