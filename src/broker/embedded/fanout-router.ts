import type { BoundDestination } from "./bound-destination.ts";
import type { Router } from "./router.ts";

/** Every binding, whatever the routing key (AMQP 0-9-1 section 3.1.3.2). */
export class FanoutRouter implements Router {
  readonly #all = new Set<BoundDestination>();

  add(bound: BoundDestination): void {
    this.#all.add(bound);
  }

  remove(bound: BoundDestination): void {
    this.#all.delete(bound);
  }

  match(): Iterable<BoundDestination> {
    return this.#all;
  }
}
