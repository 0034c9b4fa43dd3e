import type { IncomingMessage } from "../broker/message.ts";
import type { DeadLetters, Redriven, RedriveOrder } from "../work/dead-letters.ts";
import type { Permissions } from "./permissions.ts";

/** What of the dead letters whoever acts for a caller can reach; each of it is guarded below. */
export type DeadLettersAccess = Pick<DeadLetters, "peek" | "redrive">;

/** Queues of dead letters as far as one caller may look into them and move what is there. */
export class GuardedDeadLetters implements DeadLettersAccess {
  readonly #deadLetters: DeadLettersAccess;
  readonly #permissions: Permissions;

  constructor(deadLetters: DeadLettersAccess, permissions: Permissions) {
    this.#deadLetters = deadLetters;
    this.#permissions = permissions;
  }

  async peek(queue: string, limit: number): Promise<readonly IncomingMessage[]> {
    this.#permissions.queue("read", queue, "consume");
    return await this.#deadLetters.peek(queue, limit);
  }

  /** Where a message goes is known when it is taken: what may not go there stays. */
  async redrive(order: RedriveOrder): Promise<Redriven> {
    const mayPublishTo = (queue: string) => this.#permissions.queue("publish", queue);
    this.#permissions.queue("consume", order.from);
    if (order.to !== undefined) mayPublishTo(order.to);
    return await this.#deadLetters.redrive(order, mayPublishTo);
  }
}
