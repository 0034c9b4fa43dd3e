/** The words of a routing key or pattern: the empty one has none, and `a.` has two, the second of them empty. */
export function topicWords(key: string): string[] {
  return key === "" ? [] : key.split(".");
}

/** `*` stands for one word, `#` for any number of them (AMQP 0-9-1 section 3.1.3.3). */
export function isWildcard(word: string): boolean {
  return word === "*" || word === "#";
}

/**
 * Whether a key has the words that a pattern has. `matchesWord` says it of one word of each. The time it
 * takes grows with the product of both lengths and not more: of several `#` only the last can need more words.
 */
export function topicMatches(
  pattern: readonly string[],
  key: readonly string[],
  matchesWord: (pattern: string, word: string) => boolean = isSameOrStar,
): boolean {
  let [at, hash, afterHash] = [0, -1, 0];
  for (let place = 0; place < key.length;) {
    const [wanted, word] = [pattern[at], key[place]];
    if (wanted === "#") {
      [hash, afterHash] = [at, place];
      at++;
    } else if (wanted !== undefined && word !== undefined && matchesWord(wanted, word)) {
      at++;
      place++;
    } else {
      if (hash < 0) return false;
      // The last # takes one word more.
      afterHash++;
      [at, place] = [hash + 1, afterHash];
    }
  }
  return pattern.slice(at).every((word) => word === "#");
}

function isSameOrStar(pattern: string, word: string): boolean {
  return pattern === "*" || pattern === word;
}
