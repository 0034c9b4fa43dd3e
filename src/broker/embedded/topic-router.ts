import type { BoundDestination } from "./bound-destination.ts";
import type { Router } from "./router.ts";
import type { Routing } from "./stored-message.ts";
import { TopicPatterns } from "./topic-patterns.ts";

/** The routing key matches the binding's pattern (AMQP 0-9-1 section 3.1.3.3). */
export class TopicRouter implements Router {
  readonly #patterns = new TopicPatterns<BoundDestination>();

  add(bound: BoundDestination): void {
    this.#patterns.add(bound.binding.routingKey, bound);
  }

  remove(bound: BoundDestination): void {
    this.#patterns.remove(bound.binding.routingKey, bound);
  }

  *match({ routingKeys }: Routing): Iterable<BoundDestination> {
    for (const key of routingKeys) yield* this.#patterns.match(key);
  }
}
