/**
 * A look at something, shared by all who ask for it before it begins: one is under way for each key, and
 * one waits for whoever has come since.
 */
export class SharedLooks<T> {
  readonly #underWay = new Map<string, Promise<unknown>>();
  readonly #next = new Map<string, Promise<T>>();

  /** What `look` finds, called after this call. Rejects as it does. */
  at(key: string, look: () => Promise<T>): Promise<T> {
    const waiting = this.#next.get(key);
    if (waiting) return waiting;
    const next = this.#after(key, look);
    this.#next.set(key, next);
    return next;
  }

  async #after(key: string, look: () => Promise<T>): Promise<T> {
    await this.#underWay.get(key);
    this.#next.delete(key);
    const looking = look();
    const over = looking.then(
      () => {},
      () => {},
    );
    this.#underWay.set(key, over);
    try {
      return await looking;
    } finally {
      if (this.#underWay.get(key) === over) this.#underWay.delete(key);
    }
  }
}
