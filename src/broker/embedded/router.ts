import type { BoundDestination } from "./bound-destination.ts";
import type { Routing } from "./stored-message.ts";

/** How one exchange finds the bindings that a message matches. */
export interface Router {
  /** Throws a CodedError, with nothing changed, where the arguments are not what the type needs. */
  add(bound: BoundDestination): void;
  remove(bound: BoundDestination): void;
  /** May name a destination several times. */
  match(routing: Routing): Iterable<BoundDestination>;
}
