import type { Exchange } from "./exchange.ts";
import { Queue } from "./queue/queue.ts";
import type { Routing } from "./stored-message.ts";

/**
 * The queues that a message reaches from an exchange, each once however many bindings lead there.
 * An exchange passes it on to the exchanges bound to it, and to its alternate exchange where no
 * binding of its own matched; no exchange sees a message twice, so circles end.
 */
export function route(
  start: Exchange,
  routing: Routing,
  exchangeNamed: (name: string) => Exchange | undefined,
): Set<Queue> {
  const queues = new Set<Queue>();
  const seen = new Set([start]);
  // A set is walked over what is added while it is walked.
  for (const exchange of seen) {
    let matched = false;
    for (const { destination } of exchange.router.match(routing)) {
      matched = true;
      if (destination instanceof Queue) queues.add(destination);
      else seen.add(destination);
    }
    const alternate =
      !matched && exchange.alternate !== undefined && exchangeNamed(exchange.alternate);
    if (alternate) seen.add(alternate);
  }
  return queues;
}
