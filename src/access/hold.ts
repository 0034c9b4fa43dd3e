import { CodedError } from "../errors.ts";
import type { CurrentPolicy } from "./current-policy.ts";

/**
 * A right that is made use of for as long as something lasts: looked at again with every policy, and gone
 * with the first that does not grant it, also where a later one does again.
 */
export class Hold {
  readonly #check: () => void;
  #why: CodedError | undefined;
  #revoked: ((why: CodedError) => void) | undefined;
  readonly #stop: () => void;

  /** `check` throws where the policy of the moment does not grant it. @throws what `check` does. */
  constructor(policies: CurrentPolicy, check: () => void) {
    check();
    this.#check = check;
    this.#stop = policies.onChange(() => this.lookAgain());
  }

  /** There is more to go by than when it was looked at last. Never throws. */
  lookAgain(): void {
    if (this.#why) return;
    try {
      this.#check();
    } catch (error) {
      this.revoke(error);
    }
  }

  /** It is gone, for good; `thrown` says why. */
  revoke(thrown: unknown): void {
    if (this.#why) return;
    const why =
      thrown instanceof CodedError
        ? thrown
        : new CodedError("INTERNAL_SERVER_ERROR", "The gateway failed", { cause: thrown });
    const revoked = this.#revoked;
    this.release();
    this.#why = why;
    revoked?.(why);
  }

  /** Why it is gone; undefined while it is not. */
  get why(): CodedError | undefined {
    return this.#why;
  }

  /** Calls `revoked` when it is gone, at once where it is already. */
  onRevoked(revoked: (why: CodedError) => void): void {
    if (this.#why) revoked(this.#why);
    else this.#revoked = revoked;
  }

  /** What it was for is over. Idempotent. */
  release(): void {
    this.#stop();
    this.#revoked = undefined;
  }
}

/** What a subscription holds for as long as it lasts. */
export type Held = Pick<Hold, "why" | "onRevoked" | "release">;

/** `hold`, with a place that is left with it; the place alone where there is no hold. */
export function withPlace(hold: Hold | undefined, leave: () => void): Held {
  return {
    get why() {
      return hold?.why;
    },
    onRevoked: (revoked) => hold?.onRevoked(revoked),
    release() {
      hold?.release();
      leave();
    },
  };
}

/** `source` for as long as `hold` is there: then it is over at once, and what it still has is not told. */
export function whileHeld<T>(
  source: AsyncIterator<T, undefined>,
  hold: Hold,
): AsyncIterableIterator<T, undefined> {
  hold.onRevoked(() => void source.return?.());
  let told = false;
  return {
    async next() {
      const result = await source.next().catch((error: unknown) => {
        hold.release();
        throw error;
      });
      if (hold.why && !told) {
        told = true;
        throw hold.why;
      }
      if (hold.why || result.done) {
        hold.release();
        return { done: true, value: undefined };
      }
      return result;
    },
    async return() {
      hold.release();
      await source.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
