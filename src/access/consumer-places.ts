import { CodedError } from "../errors.ts";
import { BoundedCounts } from "./bounded-counts.ts";
import type { Caller } from "./caller.ts";
import { untilOver } from "./until-over.ts";

/**
 * How many consumers each caller has on the broker for itself alone, up to a bound: of queues and of streams together.
 * Those of anonymous ones are not counted.
 */
export class ConsumerPlaces {
  readonly #most: number;
  readonly #counts: BoundedCounts;

  /** `most`: 0 is no bound. */
  constructor(most: number) {
    this.#most = most;
    this.#counts = new BoundedCounts(most);
  }

  areCountedFor({ kind }: Caller): boolean {
    return this.#most > 0 && kind !== "anonymous";
  }

  /**
   * What `open` opens, which has a place until it is over.
   * @throws {CodedError} LIMIT_EXCEEDED where it is one too many for the caller.
   */
  async with<T>(
    { id }: Caller,
    open: () => Promise<AsyncIterator<T, undefined>>,
  ): Promise<AsyncIterableIterator<T>> {
    const leave = this.#take(id);
    try {
      return untilOver(await open(), leave);
    } catch (error) {
      leave();
      throw error;
    }
  }

  #take(id: string): () => void {
    const leave = this.#counts.add(id);
    if (leave) return leave;
    throw new CodedError(
      "LIMIT_EXCEEDED",
      `You have ${this.#most} deliveries and replays already, which is as many as one may; end one first`,
      { limit: "maxConsumersPerCaller" },
    );
  }
}
