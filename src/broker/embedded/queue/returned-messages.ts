import type { QueuedMessage } from "./queued-message.ts";

/** Messages that came back to their queue, the oldest first: a binary heap by place, a step a doubling for each. */
export class ReturnedMessages {
  readonly #heap: QueuedMessage[] = [];

  get size(): number {
    return this.#heap.length;
  }

  get first(): QueuedMessage | undefined {
    return this.#heap[0];
  }

  push(message: QueuedMessage): void {
    const heap = this.#heap;
    let at = heap.push(message) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (!parent || parent.place < message.place) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = message;
  }

  shift(): QueuedMessage | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!last || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const below = this.#older(at * 2 + 1);
      const child = heap[below];
      if (!child || child.place > last.place) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
    return first;
  }

  /** Which is the older, the one at `at` or its neighbour. */
  #older(at: number): number {
    const [left, right] = [this.#heap[at], this.#heap[at + 1]];
    return left && right && right.place < left.place ? at + 1 : at;
  }
}
