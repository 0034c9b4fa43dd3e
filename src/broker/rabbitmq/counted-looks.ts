import { LRUCache } from "lru-cache";
import { CodedError } from "../../errors.ts";
import type { IncomingMessage } from "../message.ts";
import type { RabbitMqCapabilities } from "./capabilities.ts";

/** After a question to the management API that has not been answered: it is not to slow down every look. */
const ASK_AGAIN_MS = 60_000;
/** Queues that are remembered for what their messages have told. */
const REMEMBERED = 1_000;

/** How often a quorum queue redelivers a message; `none`: without end, or it is of another type. */
export type DeliveryLimit = number | "none";

/**
 * Keeps looks away from quorum queues that would count them. Until RabbitMQ 4.2 whatever such a queue takes back
 * counts as a delivery that has failed, and past its limit the message is dead-lettered, or lost: a look at it
 * would be what takes it away.
 */
export class CountedLooks {
  readonly #limitOf: (queue: string) => Promise<DeliveryLimit | undefined>;
  readonly #capabilities: () => RabbitMqCapabilities;
  /** Quorum queues of which a message has said so, the API having said nothing. */
  readonly #counting = new LRUCache<string, true>({ max: REMEMBERED });
  #notBeforeMs = 0;

  /** `limitOf`: undefined where there is no such queue; rejects where it cannot be asked for. */
  constructor(
    limitOf: (queue: string) => Promise<DeliveryLimit | undefined>,
    capabilities: () => RabbitMqCapabilities,
  ) {
    this.#limitOf = limitOf;
    this.#capabilities = capabilities;
  }

  /** Rejects with NOT_SUPPORTED. Where the limit is not known, what is read is to be shown to the function it resolves with. */
  async check(queue: string): Promise<((message: IncomingMessage) => void) | undefined> {
    if (!this.#capabilities().nackCounts) return undefined;
    const limit = await this.#asked(queue);
    if (limit === undefined) {
      if (this.#counting.has(queue)) throw unknownLimit(queue);
      return (message) => this.#see(queue, message);
    }
    if (limit !== "none") throw counted(queue, limit);
    return undefined;
  }

  /** One has been taken by then, and counts as delivered once more; no other will be. */
  #see(queue: string, { headers }: IncomingMessage): void {
    if (!("x-delivery-count" in headers)) return;
    this.#counting.set(queue, true);
    throw unknownLimit(queue);
  }

  async #asked(queue: string): Promise<DeliveryLimit | undefined> {
    if (Date.now() < this.#notBeforeMs) return undefined;
    try {
      // Of a queue that there is not, the broker says so when it is read.
      return (await this.#limitOf(queue)) ?? "none";
    } catch {
      this.#notBeforeMs = Date.now() + ASK_AGAIN_MS;
      return undefined;
    }
  }
}

function counted(queue: string, limit: number): CodedError {
  return new CodedError(
    "NOT_SUPPORTED",
    `Queue ${JSON.stringify(queue)} is a quorum queue with a delivery limit of ${limit}, and each look counts as a delivery there; consume it, or look where it dead-letters to`,
  );
}

function unknownLimit(queue: string): CodedError {
  return new CodedError(
    "NOT_SUPPORTED",
    `Queue ${JSON.stringify(queue)} is a quorum queue, where each look counts as a delivery, and its delivery limit cannot be read without RabbitMQ's management API (see management-url)`,
  );
}
