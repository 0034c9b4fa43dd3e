import type { Policy } from "./policy/policy.ts";

/** The policy of the moment, and who is to know when there is another. */
export class CurrentPolicy {
  #policy: Policy;
  readonly #listeners = new Set<() => void>();

  constructor(policy: Policy) {
    this.#policy = policy;
  }

  get policy(): Policy {
    return this.#policy;
  }

  /** From now on this one; those who are told have looked at it when this returns. */
  replace(policy: Policy): void {
    this.#policy = policy;
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener`, which MUST NOT throw, after every change, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
