import { isWildcard, topicMatches, topicWords } from "./topic-pattern.ts";

/**
 * What deciding one containment may cost, in bits looked at. Patterns as people write them take a few
 * thousand; what takes more was made to, and is not contained as far as anyone can say.
 */
const MAX_WORK = 20_000_000;

/**
 * Routing patterns (AMQP 0-9-1 section 3.1.3.3) as the one set of keys that they match together.
 *
 * Patterns are a nondeterministic automaton whose states are places in them, a set of places being
 * the bits of a number. A place at a `#` stays reached, so that whatever is matched from an earlier
 * place of its pattern is matched from it: such a set is always kept with those earlier places in it,
 * which makes the larger of two sets the one that matches more.
 */
export class TopicSet {
  readonly #patterns: readonly (readonly string[])[];
  readonly #automaton: Automaton;

  constructor(patterns: readonly string[]) {
    this.#patterns = [...new Set(patterns)].map((pattern) => normalised(topicWords(pattern)));
    this.#automaton = automatonOf(this.#patterns);
  }

  /** Whether one of the patterns matches the key, in which `*` and `#` are words like others. */
  matches(routingKey: string): boolean {
    const words = topicWords(routingKey);
    return this.#patterns.some((pattern) => topicMatches(pattern, words));
  }

  /**
   * Whether every key that `pattern` can match is matched by one of these patterns, and be it each by
   * another of them. Exact, but for what takes too long to decide, which is false.
   *
   * Of the keys that `pattern` matches only some need to be looked at: those that have, wherever it has a
   * wildcard, a word that is in no pattern of these. If such a key is matched, it is so by wildcards in those
   * places, and these match every other word there as well.
   */
  contains(pattern: string): boolean {
    const automaton = this.#automaton;
    const requested = normalised(topicWords(pattern));
    const hardest = requested.map((): bigint[] => []);
    const open: { place: number; reached: bigint }[] = [{ place: 0, reached: automaton.start }];
    let work = 0;
    for (let next = open.pop(); next; next = open.pop()) {
      const { place, reached } = next;
      const word = requested[place];
      work += automaton.size;
      if (work > MAX_WORK) return false;
      if ((reached & automaton.everything) !== 0n) continue;
      if (reached === 0n) return false;
      if (word === undefined) {
        if ((reached & automaton.end) === 0n) return false;
        continue;
      }
      const known = hardest[place] ?? [];
      if (known.some((set) => isWithin(set, reached))) continue;
      known.push(reached);
      if (word === "#") {
        const sets = afterAnyNumber(automaton, reached);
        work += automaton.size * sets.length ** 2;
        for (const set of minimal(sets)) open.push({ place: place + 1, reached: set });
      } else open.push({ place: place + 1, reached: afterWord(automaton, reached, word) });
    }
    return true;
  }
}

/** Each field but `size` and `closures` is a set of places. */
interface Automaton {
  readonly size: number;
  readonly start: bigint;
  /** A pattern's own end. */
  readonly end: bigint;
  /** At a `#` with nothing behind it: whatever follows is matched. */
  readonly everything: bigint;
  readonly hashes: bigint;
  readonly stars: bigint;
  readonly literals: ReadonlyMap<string, bigint>;
  /** Each place at a `#`, with those that are reached with it. */
  readonly closures: readonly { readonly hash: bigint; readonly closure: bigint }[];
}

function automatonOf(patterns: readonly (readonly string[])[]): Automaton {
  let size = 0;
  let [start, end, everything, hashes, stars] = [0n, 0n, 0n, 0n, 0n];
  const literals = new Map<string, bigint>();
  const closures: { hash: bigint; closure: bigint }[] = [];
  for (const pattern of patterns) {
    const first = bit(size);
    start |= first;
    for (const [index, word] of pattern.entries()) {
      const place = bit(size + index);
      if (word === "#") {
        hashes |= place;
        if (index === pattern.length - 1) everything |= place;
        // The places up to it, and the one behind it: it may stand for no word.
        closures.push({ hash: place, closure: bit(size + index + 2) - first });
      } else if (word === "*") stars |= place;
      else literals.set(word, (literals.get(word) ?? 0n) | place);
    }
    size += pattern.length + 1;
    end |= bit(size - 1);
  }
  const automaton = { size, start, end, everything, hashes, stars, literals, closures };
  return { ...automaton, start: closed(automaton, start) };
}

function bit(place: number): bigint {
  return 1n << BigInt(place);
}

/** With a `#` everything before it is reached, and what is behind it. */
function closed({ closures, hashes }: Automaton, reached: bigint): bigint {
  if ((reached & hashes) === 0n) return reached;
  return closures.reduce(
    (all, { hash, closure }) => ((reached & hash) === 0n ? all : all | closure),
    reached,
  );
}

/** `*` as a word is the one that is in no pattern. */
function afterWord(automaton: Automaton, reached: bigint, word: string): bigint {
  const { stars, hashes, literals } = automaton;
  const passing = word === "*" ? stars : stars | (literals.get(word) ?? 0n);
  return closed(automaton, ((reached & passing) << 1n) | (reached & hashes));
}

/** After no, one, two and more words that are in no pattern, until that changes nothing more. */
function afterAnyNumber(automaton: Automaton, reached: bigint): bigint[] {
  const sets = [reached];
  for (let last = reached; ;) {
    const next = afterWord(automaton, last, "*");
    if (next === last) return sets;
    sets.push(next);
    last = next;
  }
}

/** Those that hold no other: what follows all of them follows the others as well. */
function minimal(sets: readonly bigint[]): bigint[] {
  return sets.filter(
    (set, place) =>
      !sets.some((other, at) => at !== place && other !== set && isWithin(other, set)),
  );
}

function isWithin(inner: bigint, outer: bigint): boolean {
  return (inner | outer) === outer;
}

/** In a run of wildcards the number of `*` matters, and whether there is a `#`: it comes last, and once. */
function normalised(pattern: readonly string[]): string[] {
  const words: string[] = [];
  let hash = false;
  for (const word of pattern) {
    if (word === "#") hash = true;
    else {
      if (hash && !isWildcard(word)) {
        words.push("#");
        hash = false;
      }
      words.push(word);
    }
  }
  if (hash) words.push("#");
  return words;
}
