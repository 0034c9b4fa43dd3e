import type { TapSpec } from "../broker/topology.ts";
import { CodedError } from "../errors.ts";
import { tapKey } from "../feed/tap-key.ts";
import type { Caller } from "./caller.ts";

/** How many different taps each caller listens to, up to a bound. Those of anonymous ones are not counted. */
export class TapPlaces {
  readonly #most: number;
  /** By caller, how many subscriptions it has to each of its taps. */
  readonly #taps = new Map<string, Map<string, number>>();

  /** `most`: 0 is no bound. */
  constructor(most: number) {
    this.#most = most;
  }

  areCountedFor({ kind }: Caller): boolean {
    return this.#most > 0 && kind !== "anonymous";
  }

  /**
   * A place at a tap, until the returned function is called; undefined where nothing is counted.
   * @throws {CodedError} LIMIT_EXCEEDED where it is one tap too many for the caller.
   */
  take(caller: Caller, spec: TapSpec): (() => void) | undefined {
    if (!this.areCountedFor(caller)) return undefined;
    const { id } = caller;
    const key = tapKey(spec);
    const taps = this.#taps.get(id) ?? new Map<string, number>();
    const places = taps.get(key) ?? 0;
    if (places === 0 && taps.size >= this.#most)
      throw new CodedError(
        "LIMIT_EXCEEDED",
        `You listen to ${taps.size} different things already, which is as many as one may; end one first`,
        { limit: "maxTapsPerCaller" },
      );
    taps.set(key, places + 1);
    this.#taps.set(id, taps);
    let isTaken = true;
    return () => {
      if (isTaken) this.#leave(id, key);
      isTaken = false;
    };
  }

  #leave(id: string, key: string): void {
    const taps = this.#taps.get(id);
    const places = taps?.get(key) ?? 0;
    if (places > 1) taps?.set(key, places - 1);
    else taps?.delete(key);
    if (taps?.size === 0) this.#taps.delete(id);
  }
}
