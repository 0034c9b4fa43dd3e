import type { Binding } from "../topology.ts";
import type { Exchange } from "./exchange.ts";
import type { Queue } from "./queue/queue.ts";

/** A binding, with the exchange and the exchange or queue that its names stand for. */
export interface BoundDestination {
  readonly binding: Binding;
  readonly source: Exchange;
  readonly destination: Exchange | Queue;
}
