import type { BoundDestination } from "./bound-destination.ts";
import type { Router } from "./router.ts";
import type { Routing } from "./stored-message.ts";

/** The routing key equals the binding's (AMQP 0-9-1 section 3.1.3.1). */
export class DirectRouter implements Router {
  readonly #byKey = new Map<string, Set<BoundDestination>>();

  add(bound: BoundDestination): void {
    const { routingKey } = bound.binding;
    const sameKey = this.#byKey.get(routingKey) ?? new Set();
    this.#byKey.set(routingKey, sameKey.add(bound));
  }

  remove(bound: BoundDestination): void {
    const { routingKey } = bound.binding;
    const sameKey = this.#byKey.get(routingKey);
    sameKey?.delete(bound);
    if (sameKey?.size === 0) this.#byKey.delete(routingKey);
  }

  *match({ routingKeys }: Routing): Iterable<BoundDestination> {
    for (const key of routingKeys) yield* this.#byKey.get(key) ?? [];
  }
}
