import type { Binding } from "../topology.ts";
import type { BoundDestination } from "./bound-destination.ts";
import type { Exchange } from "./exchange.ts";
import { fieldTableKey } from "../field-table-key.ts";
import { copyFieldTable } from "./field-values.ts";
import type { Queue } from "./queue/queue.ts";

/** Makes and breaks bindings; an auto-delete exchange goes with the last of which it is the source. */
export class Bindings {
  readonly #onUnused: (exchange: Exchange) => void;

  constructor(onUnused: (exchange: Exchange) => void) {
    this.#onUnused = onUnused;
  }

  /** Idempotent. Throws where the source's exchange type refuses the arguments. */
  add(binding: Binding, source: Exchange, destination: Exchange | Queue): void {
    const key = bindingKey(binding);
    if (source.outgoing.has(key)) return;
    const bound = {
      binding: { ...binding, arguments: copyFieldTable(binding.arguments) },
      source,
      destination,
    };
    source.router.add(bound);
    source.outgoing.set(key, bound);
    destination.incoming.add(bound);
  }

  /** Idempotent. */
  remove(binding: Binding, source: Exchange): void {
    const bound = source.outgoing.get(bindingKey(binding));
    if (bound) this.removeAll([bound]);
  }

  removeAll(all: Iterable<BoundDestination>): void {
    for (const bound of all) {
      const { source, destination } = bound;
      const removed = source.outgoing.delete(bindingKey(bound.binding));
      source.router.remove(bound);
      destination.incoming.delete(bound);
      if (removed && source.spec.autoDelete && source.outgoing.size === 0) this.#onUnused(source);
    }
  }
}

/** All parts together: the same destination may be bound several times. */
function bindingKey({
  destination,
  destinationType,
  routingKey,
  arguments: given,
}: Binding): string {
  return JSON.stringify([destinationType, destination, routingKey, fieldTableKey(given)]);
}
