/** Work on the same thing, one piece after the other; on different things, at the same time. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  async of<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name) ?? Promise.resolve();
    const done = before.then(work);
    const settled = done.catch(() => {});
    this.#last.set(name, settled);
    try {
      return await done;
    } finally {
      if (this.#last.get(name) === settled) this.#last.delete(name);
    }
  }
}
