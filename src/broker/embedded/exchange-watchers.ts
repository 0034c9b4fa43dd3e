/** Who has bindings to an exchange and must know when they go. Called at once, in the course of what is done to it. */
export interface ExchangeWatcher {
  /** With it went every binding. */
  exchangeDeleted(): void;
  /** There is a new one of that name, without bindings. */
  exchangeDeclared(): void;
}

/** Watchers of exchanges, by name. */
export class ExchangeWatchers {
  readonly #byName = new Map<string, Set<ExchangeWatcher>>();

  /** Until the returned function is called. */
  add(name: string, watcher: ExchangeWatcher): () => void {
    const watchers = this.#byName.get(name) ?? new Set();
    this.#byName.set(name, watchers.add(watcher));
    return () => {
      watchers.delete(watcher);
      if (watchers.size === 0 && this.#byName.get(name) === watchers) this.#byName.delete(name);
    };
  }

  deleted(name: string): void {
    for (const watcher of this.#of(name)) watcher.exchangeDeleted();
  }

  declared(name: string): void {
    for (const watcher of this.#of(name)) watcher.exchangeDeclared();
  }

  /** As they are now: those who are told may leave, and others come. */
  #of(name: string): readonly ExchangeWatcher[] {
    return [...(this.#byName.get(name) ?? [])];
  }
}
