import type { Binding, ExchangeDescription, QueueSpec } from "../topology.ts";

/** What a broker is to have. */
export interface Definitions {
  readonly exchanges: readonly ExchangeDescription[];
  readonly queues: readonly QueueSpec[];
  readonly bindings: readonly Binding[];
  /** How many there are of what is left alone, by the name of its section, and of other virtual hosts. */
  readonly skipped: Readonly<Record<string, number>>;
}

/** A file that is no definitions. Its message has a line for everything that is wrong. */
export class DefinitionsError extends Error {
  override readonly name = "DefinitionsError";
}
