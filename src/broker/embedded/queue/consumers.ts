import type { Consumer } from "./consumer.ts";
import { Turns } from "./turns.ts";

/**
 * The consumers of a queue. They take turns, without those that are full (RabbitMQ, "Consumer
 * Prefetch"); with a single active consumer the first to come is the only one, until it leaves
 * ("Single Active Consumer").
 */
export class Consumers {
  readonly #singleActive: boolean;
  readonly #all = new Set<Consumer>();
  /** Those found full when it was their turn are not in it, until they have room again. */
  readonly #turns = new Turns<Consumer>();

  constructor({ singleActive }: { singleActive: boolean }) {
    this.#singleActive = singleActive;
  }

  get count(): number {
    return this.#all.size;
  }

  add(consumer: Consumer): void {
    this.#all.add(consumer);
    this.#turns.add(consumer);
  }

  /** False where it was none of them. */
  remove(consumer: Consumer): boolean {
    this.#turns.remove(consumer);
    return this.#all.delete(consumer);
  }

  /** All of them; there are none afterwards. */
  removeAll(): readonly Consumer[] {
    const all = [...this.#all];
    for (const consumer of all) this.remove(consumer);
    return all;
  }

  /** It has taken its turn again after it was full. */
  hasRoomAgain(consumer: Consumer): void {
    if (this.#all.has(consumer)) this.#turns.add(consumer);
  }

  /** Whose turn it is, where anybody has room. */
  next(): Consumer | undefined {
    if (this.#singleActive) return this.#active();
    for (let first = this.#turns.first; first; first = this.#turns.first) {
      if (first.hasRoom) {
        this.#turns.pass();
        return first;
      }
      this.#turns.remove(first);
    }
    return undefined;
  }

  #active(): Consumer | undefined {
    const [first] = this.#all;
    return first?.hasRoom ? first : undefined;
  }
}
