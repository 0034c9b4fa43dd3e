import type { FormattedExecutionResult, GraphQLFormattedError } from "graphql";
import { Inbox } from "./inbox.ts";

/** How the server ended an operation. */
export type Ending = "complete" | "error";

/** An operation on a socket, from its client's side. */
export class Operation {
  readonly id: string;
  /** The payloads of `next`, in order, and of `error`, as the last result. */
  readonly results = new Inbox<FormattedExecutionResult>();
  /** Resolves when the server has ended it. */
  readonly ended: Promise<Ending>;
  readonly #complete: () => void;
  #end: (ending: Ending) => void = () => {};

  constructor(id: string, complete: () => void) {
    this.id = id;
    this.#complete = complete;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** The next result. Rejects where the operation, or its socket, is over. */
  next(): Promise<FormattedExecutionResult> {
    return this.results.take();
  }

  /** Tells the server that no more is wanted. */
  complete(): void {
    this.#complete();
  }

  /** The server's `complete`. */
  completed(): void {
    this.#over("complete");
  }

  /** The server's `error`. */
  failed(errors: readonly GraphQLFormattedError[]): void {
    this.results.put({ errors });
    this.#over("error");
  }

  #over(ending: Ending): void {
    this.#end(ending);
    this.results.end(new Error(`The server has ended ${this.id}: ${ending}`));
  }
}
