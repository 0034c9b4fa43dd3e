/**
 * Routing patterns and what each stands for, found by routing key (AMQP 0-9-1 section 3.1.3.3):
 * words are separated by dots, `*` is exactly one word and `#` any number of them, none included.
 * The empty key has no words; `a.` has two, the second of them empty.
 *
 * A tree of words, walked with the set of nodes reached so far: the time to look up a key grows with
 * its words and not with the number of patterns, however many `#` they hold.
 */
export class TopicPatterns<T> {
  readonly #root = new Node<T>();

  add(pattern: string, value: T): void {
    let node = this.#root;
    for (const word of words(pattern)) {
      const next = node.next.get(word) ?? new Node<T>(word === "#");
      node.next.set(word, next);
      node = next;
    }
    node.values.add(value);
  }

  remove(pattern: string, value: T): void {
    const path: [Node<T>, string][] = [];
    let node = this.#root;
    for (const word of words(pattern)) {
      const next = node.next.get(word);
      if (!next) return;
      path.push([node, word]);
      node = next;
    }
    node.values.delete(value);
    for (const [parent, word] of path.toReversed()) {
      const child = parent.next.get(word);
      if (child && child.values.size + child.next.size > 0) return;
      parent.next.delete(word);
    }
  }

  *match(routingKey: string): Iterable<T> {
    let reached = new Set<Node<T>>();
    reach(reached, this.#root);
    for (const word of words(routingKey)) {
      const further = new Set<Node<T>>();
      for (const node of reached) {
        reach(further, node.next.get(word));
        reach(further, node.next.get("*"));
        if (node.repeats) reach(further, node);
      }
      reached = further;
    }
    for (const node of reached) yield* node.values;
  }
}

class Node<T> {
  readonly next = new Map<string, Node<T>>();
  readonly values = new Set<T>();
  /** `#`: stays reached over any number of words. */
  readonly repeats: boolean;

  constructor(repeats = false) {
    this.repeats = repeats;
  }
}

/** With a node, the `#` below it is reached as well, because it may stand for no word. */
function reach<T>(reached: Set<Node<T>>, node: Node<T> | undefined): void {
  if (!node || reached.has(node)) return;
  reached.add(node);
  reach(reached, node.next.get("#"));
}

function words(key: string): string[] {
  return key === "" ? [] : key.split(".");
}
