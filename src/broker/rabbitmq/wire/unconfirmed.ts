/**
 * What was sent on one channel and is not confirmed, by delivery tag: 1, 2, 3… in the order of
 * sending (RabbitMQ, "Consumer Acknowledgements and Publisher Confirms").
 */
export class Unconfirmed<T> {
  /** A ring, its length a power of two; `undefined` where a confirm came out of turn. */
  #ring: (T | undefined)[] = Array.from({ length: 64 });
  #lowest = 1;
  #next = 1;

  add(item: T): void {
    if (this.#next - this.#lowest === this.#ring.length) this.#grow();
    this.#ring[this.#next & (this.#ring.length - 1)] = item;
    this.#next++;
  }

  /**
   * Hands over what is confirmed: one, or with `multiple` all up to it, and all there are for tag 0.
   * False where the tag is of nothing that was sent.
   */
  settle(tag: number, multiple: boolean, settled: (item: T) => void): boolean {
    if (tag >= this.#next || (tag === 0 && !multiple)) return false;
    const last = tag === 0 ? this.#next - 1 : tag;
    const first = multiple ? this.#lowest : Math.max(tag, this.#lowest);
    for (let each = first; each <= last; each++) this.#settleOne(each, settled);
    return true;
  }

  #settleOne(tag: number, settled: (item: T) => void): void {
    const place = tag & (this.#ring.length - 1);
    const item = this.#ring[place];
    this.#ring[place] = undefined;
    if (tag === this.#lowest) this.#raiseLowest();
    if (item !== undefined) settled(item);
  }

  #raiseLowest(): void {
    do this.#lowest++;
    while (
      this.#lowest < this.#next &&
      this.#ring[this.#lowest & (this.#ring.length - 1)] === undefined
    );
  }

  #grow(): void {
    const larger: (T | undefined)[] = Array.from({ length: 2 * this.#ring.length });
    for (let tag = this.#lowest; tag < this.#next; tag++)
      larger[tag & (larger.length - 1)] = this.#ring[tag & (this.#ring.length - 1)];
    this.#ring = larger;
  }
}
