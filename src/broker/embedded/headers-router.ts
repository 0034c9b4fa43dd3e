import type { BoundDestination } from "./bound-destination.ts";
import { headersMatch } from "./headers-match.ts";
import type { FieldTable } from "../field-table.ts";
import type { Router } from "./router.ts";
import type { Routing } from "./stored-message.ts";

/** The headers match the binding's arguments (AMQP 0-9-1 section 3.1.3.4). */
export class HeadersRouter implements Router {
  readonly #matchers = new Map<BoundDestination, (headers: FieldTable) => boolean>();

  add(bound: BoundDestination): void {
    this.#matchers.set(bound, headersMatch(bound.binding.arguments));
  }

  remove(bound: BoundDestination): void {
    this.#matchers.delete(bound);
  }

  *match({ headers }: Routing): Iterable<BoundDestination> {
    for (const [bound, matches] of this.#matchers) if (matches(headers)) yield bound;
  }
}
