/** Who is next, in constant time: whoever had a turn goes to the end. */
export class Turns<T> {
  readonly #links = new Map<T, Link<T>>();
  #first: Link<T> | undefined;
  #last: Link<T> | undefined;

  get first(): T | undefined {
    return this.#first?.item;
  }

  /** At the end; nothing where it is here. */
  add(item: T): void {
    if (this.#links.has(item)) return;
    const link = { item };
    this.#links.set(item, link);
    this.#append(link);
  }

  remove(item: T): void {
    const link = this.#links.get(item);
    if (!link) return;
    this.#links.delete(item);
    this.#unlink(link);
  }

  /** The first becomes the last. */
  pass(): void {
    const link = this.#first;
    if (!link || link === this.#last) return;
    this.#unlink(link);
    this.#append(link);
  }

  #append(link: Link<T>): void {
    link.before = this.#last;
    link.after = undefined;
    if (this.#last) this.#last.after = link;
    else this.#first = link;
    this.#last = link;
  }

  #unlink({ before, after }: Link<T>): void {
    if (before) before.after = after;
    else this.#first = after;
    if (after) after.before = before;
    else this.#last = before;
  }
}

interface Link<T> {
  readonly item: T;
  before?: Link<T> | undefined;
  after?: Link<T> | undefined;
}
