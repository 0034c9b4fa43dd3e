import { copyOf, type FrameTemplate } from "./frame-batch.ts";
import type { Member } from "./member.ts";
import { SlotTexts } from "./slot-texts.ts";

/** Members whose outlets take the same template. */
export class Cohort {
  readonly #texts: SlotTexts;
  /** Undefined where one has left: nobody changes places while a batch is written. */
  #members: (Member | undefined)[] = [];
  #left = 0;

  constructor(textLength: number) {
    this.#texts = new SlotTexts(textLength);
  }

  get size(): number {
    return this.#members.length - this.#left;
  }

  *[Symbol.iterator](): IterableIterator<Member> {
    for (const member of this.#members) if (member) yield member;
  }

  /** Not while a batch is written. */
  add(member: Member): void {
    if (2 * this.#left > this.#members.length) this.#closeRanks();
    member.place = this.#members.push(member) - 1;
    this.#texts.set(member.place, member.outlet.slotText);
  }

  /** False where it is not here. */
  delete(member: Member): boolean {
    if (this.#members[member.place] !== member) return false;
    this.#members[member.place] = undefined;
    this.#left++;
    return true;
  }

  /**
   * Writes one batch of responses, as bytes made once and filled in for each member; who does not keep up is handed to
   * `late` instead. Returns how many it was written to.
   */
  write(responses: readonly string[], late: (member: Member) => void): number {
    if (this.#left > 0) this.#closeRanks();
    let template: FrameTemplate | undefined;
    let isFree = true;
    let written = 0;
    for (let place = 0, end = this.#members.length; place < end; place++) {
      const member = this.#members[place];
      if (!member?.outlet.isOpen) continue;
      if (!member.keepsUp) {
        late(member);
        continue;
      }
      const { outlet } = member;
      const { stream } = outlet;
      template ??= outlet.template(responses);
      // What the kernel has taken can be filled in anew; what waits in a socket is that socket's.
      if (!isFree) template = copyOf(template);
      this.#texts.writeTo(place, template);
      stream.write(template.bytes);
      isFree = stream.writableLength === 0 || template.slots.length === 0;
      written++;
    }
    return written;
  }

  #closeRanks(): void {
    const members: Member[] = [];
    for (const member of this) {
      const place = members.push(member) - 1;
      this.#texts.move(member.place, place);
      member.place = place;
    }
    this.#members = members;
    this.#left = 0;
  }
}
