import { toError } from "../../errors.ts";

/** Every broker of the list was tried, and none would do. */
export class NoneAnswered extends AggregateError {
  override readonly name = "NoneAnswered";
  declare readonly errors: Error[];

  constructor(errors: readonly Error[]) {
    super(errors, `None of ${errors.length} brokers could be connected to`);
  }
}

/**
 * Dials each broker of the list once, in an order of its own so that many gateways do not all end up
 * at the first, until one is connected. Rejects with why not: of several, with {@link NoneAnswered}.
 */
export async function dialRound<C>(
  urls: readonly string[],
  dial: (url: string) => Promise<C>,
  signal: AbortSignal,
  random: () => number = Math.random,
): Promise<C> {
  const failures: Error[] = [];
  for (const url of shuffled(urls, random)) {
    signal.throwIfAborted();
    try {
      return await dial(url);
    } catch (error) {
      failures.push(toError(error));
    }
  }
  const [only] = failures;
  throw only && failures.length === 1 ? only : new NoneAnswered(failures);
}

/** Fisher and Yates's. */
function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  const left = [...items];
  const order: T[] = [];
  while (left.length > 0) order.push(...left.splice(Math.floor(random() * left.length), 1));
  return order;
}
