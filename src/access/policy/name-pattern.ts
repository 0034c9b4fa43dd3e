import { topicMatches, topicWords } from "../topic-pattern.ts";

/**
 * Names that are the broker's to give (AMQP 0-9-1 section 1.6.2.1), among them its log and its trace, and
 * those of the gateway's own queues.
 */
const RESERVED = ["amq.", "gql."];

/**
 * Names of exchanges or queues: word by word, as routing keys are; a word `#` is any number of words, and
 * a `*` anywhere in a word any characters but dots, none included. A wildcard does not reach the
 * broker's and the gateway's own names, which begin with `amq.` and `gql.`: a pattern that means them begins so as well.
 */
export class NamePattern {
  readonly text: string;
  readonly #words: readonly string[];

  constructor(text: string) {
    this.text = text;
    this.#words = topicWords(text);
  }

  /** Every name but those. */
  get isEverything(): boolean {
    return this.text === "#";
  }

  matches(name: string): boolean {
    if (name === this.text) return true;
    if (RESERVED.some((prefix) => name.startsWith(prefix) && !this.text.startsWith(prefix)))
      return false;
    return topicMatches(this.#words, topicWords(name), wordMatches);
  }
}

function wordMatches(pattern: string, word: string): boolean {
  if (!pattern.includes("*")) return pattern === word;
  const characters = pattern.split("").map((character) => (character === "*" ? "#" : character));
  return topicMatches(characters, word.split(""), (wanted, character) => wanted === character);
}
