import { LRUCache } from "lru-cache";

export interface Rate {
  /** On average; 0: no bound. */
  readonly perSecond: number;
  /** At once, after a rest. */
  readonly burst: number;
}

/** Who has asked least lately is forgotten, and has a full bucket again. */
const KEYS = 100_000;

/** Thirds of a token that add up to one may be a hair short of it. */
const WHOLE = 1 - 1e-9;

interface Bucket {
  tokens: number;
  /** When they were counted, on the clock of `performance.now`. */
  countedMs: number;
}

/** A token bucket for each key: it fills at a rate, up to a burst, and each taking empties it by one. */
export class TokenBuckets {
  readonly #rate: Rate;
  readonly #buckets = new LRUCache<string, Bucket>({ max: KEYS });

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** Takes a token: 0; or takes none, and says after how many milliseconds there will be one. */
  take(key: string, nowMs = performance.now()): number {
    const { perSecond, burst } = this.#rate;
    if (perSecond === 0) return 0;
    const bucket = this.#buckets.get(key) ?? this.#filled(key, nowMs);
    const grown = ((nowMs - bucket.countedMs) / 1000) * perSecond;
    bucket.tokens = Math.min(burst, bucket.tokens + grown);
    bucket.countedMs = nowMs;
    if (bucket.tokens < WHOLE) return Math.ceil(((1 - bucket.tokens) / perSecond) * 1000);
    bucket.tokens -= 1;
    return 0;
  }

  #filled(key: string, nowMs: number): Bucket {
    const bucket = { tokens: this.#rate.burst, countedMs: nowMs };
    this.#buckets.set(key, bucket);
    return bucket;
  }
}
