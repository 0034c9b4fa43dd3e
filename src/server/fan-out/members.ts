import { Cohort } from "./cohort.ts";
import type { Member } from "./member.ts";

/** Everyone in a group, by what they take: mostly all operation ids are of one length. */
export class Members {
  readonly #cohorts = new Map<number, Cohort>();

  get isEmpty(): boolean {
    return this.#cohorts.size === 0;
  }

  *[Symbol.iterator](): IterableIterator<Member> {
    for (const cohort of this.#cohorts.values()) yield* cohort;
  }

  add(member: Member): void {
    const { templateKey, slotText } = member.outlet;
    let cohort = this.#cohorts.get(templateKey);
    if (!cohort) this.#cohorts.set(templateKey, (cohort = new Cohort(slotText.length)));
    cohort.add(member);
  }

  /** False where it is not here. */
  delete(member: Member): boolean {
    const { templateKey } = member.outlet;
    const cohort = this.#cohorts.get(templateKey);
    const isHere = cohort?.delete(member) ?? false;
    if (cohort?.size === 0) this.#cohorts.delete(templateKey);
    return isHere;
  }

  /** Lets go of all of them, and returns them. */
  clear(): readonly Member[] {
    const members = [...this];
    this.#cohorts.clear();
    return members;
  }

  /** As {@link Cohort.write}, to all of them. */
  write(responses: readonly string[], late: (member: Member) => void): number {
    let written = 0;
    for (const cohort of this.#cohorts.values()) written += cohort.write(responses, late);
    return written;
  }
}
