import type { Attempts } from "./attempts.ts";
import type { Broker } from "../broker/broker.ts";
import type { IncomingMessage } from "../broker/message.ts";
import { checkName } from "../broker/check-short-string.ts";
import { checkClientsQueue } from "../broker/reserved-name.ts";
import { CodedError } from "../errors.ts";
import { retried } from "./retried-message.ts";
import { Redriving } from "./redriving.ts";
import { Turns } from "./turns.ts";

export interface DeadLetterLimits {
  /** Messages that one look may ask for. */
  readonly peekMaxMessages: number;
  /** Bytes of bodies after which a look ends. */
  readonly peekMaxBytes: number;
  /** Messages that one redrive may move. */
  readonly redriveMaxMessages: number;
}

export interface RedriveOrder {
  readonly from: string;
  /** Left out: each message goes to where it died last. */
  readonly to: string | undefined;
  /** Left out: as many as are there, as far as one call goes. */
  readonly limit: number | undefined;
}

export interface Redriven {
  readonly moved: number;
  readonly remaining: number;
}

/**
 * Looks into queues, and moves dead letters out of them. Of one queue one at a time: two looks at once
 * would each hide messages from the other, and what quorum queues take back goes in the order of its return.
 */
export class DeadLetters {
  readonly #broker: Broker;
  readonly #limits: DeadLetterLimits;
  readonly #attempts: Pick<Attempts, "looked">;
  readonly #turns = new Turns();

  /** `attempts` is told of what was looked at. */
  constructor(broker: Broker, limits: DeadLetterLimits, attempts: Pick<Attempts, "looked">) {
    this.#broker = broker;
    this.#limits = limits;
    this.#attempts = attempts;
  }

  /**
   * The next messages of a queue, which stay there. Codes: NOT_FOUND, NOT_SUPPORTED, RESOURCE_LOCKED,
   * BUSY, LIMIT_EXCEEDED.
   */
  async peek(queue: string, limit: number): Promise<readonly IncomingMessage[]> {
    const { peekMaxMessages, peekMaxBytes } = this.#limits;
    checkLimit("peekMaxMessages", limit, peekMaxMessages);
    return await this.#turns.of(queue, async () => {
      const reader = await this.#broker.openReader(queue, { putsBack: true });
      const messages: IncomingMessage[] = [];
      try {
        for (let bytes = 0; messages.length < limit && bytes < peekMaxBytes;) {
          const next = await reader.next();
          if (!next) break;
          this.#attempts.looked(queue, next.message);
          messages.push(retried(next.message).message);
          bytes += next.message.body.length;
        }
      } finally {
        await reader.close();
      }
      return messages;
    });
  }

  /**
   * Moves messages to where they died last, or to `to`. Codes: NOT_FOUND and BAD_USER_INPUT (of a message that
   * stays; the others are moved), those of {@link Broker.publish}, NOT_SUPPORTED, RESOURCE_LOCKED, LIMIT_EXCEEDED.
   * A message stays, too, where `mayPublishTo` throws a {@link CodedError} at the queue that it would go to.
   */
  async redrive(
    order: RedriveOrder,
    mayPublishTo: (queue: string) => void = () => {},
  ): Promise<Redriven> {
    const { redriveMaxMessages } = this.#limits;
    if (order.limit !== undefined)
      checkLimit("redriveMaxMessages", order.limit, redriveMaxMessages);
    checkQueues(order.from, order.to);
    return await this.#turns.of(order.from, async () => {
      const reader = await this.#broker.openReader(order.from, { putsBack: false });
      const redriving = new Redriving(this.#broker, reader, { ...order, mayPublishTo });
      try {
        await redriving.run(order.limit ?? redriveMaxMessages);
      } finally {
        await reader.close();
      }
      return outcome(redriving, reader.remaining);
    });
  }
}

function outcome({ moved, left, stays, failure }: Redriving, behind: number): Redriven {
  const remaining = behind + left;
  if (failure !== undefined) throw told(failure, `${moved} messages were moved before`);
  if (stays) throw told(stays, `it stays; ${moved} messages were moved, ${remaining} remain`);
  return { moved, remaining };
}

/** The same error, which says besides what was done. */
function told(error: unknown, done: string): unknown {
  if (!(error instanceof CodedError)) return error;
  return new CodedError(error.code, `${error.message}; ${done}`, { cause: error.cause });
}

function checkLimit(setting: string, limit: number, most: number): void {
  if (limit < 1)
    throw new CodedError("BAD_USER_INPUT", `limit is ${limit}; it must be from 1 to ${most}`);
  if (limit > most)
    throw new CodedError(
      "LIMIT_EXCEEDED",
      `limit is ${limit}; at most ${most} messages are taken`,
      { limit: setting },
    );
}

function checkQueues(from: string, to: string | undefined): void {
  checkName("from", from);
  if (from === "") throw new CodedError("BAD_USER_INPUT", "from is empty; name a queue");
  checkClientsQueue("from", from);
  if (to === undefined) return;
  checkName("to", to);
  checkClientsQueue("to", to);
  if (to === "" || to === from)
    throw new CodedError(
      "BAD_USER_INPUT",
      `to is ${JSON.stringify(to)}; it must name another queue than from`,
    );
}
