import { copyOf, type FrameTemplate } from "./frame-batch.ts";
import type { Member } from "./member.ts";
import { SlotTexts } from "./slot-texts.ts";

/** Of all places, those that may be empty before the others move up. */
const EMPTY_SHARE = 1 / 8;

/** Members whose outlets take the same template. */
export class Cohort {
  readonly #textLength: number;
  #texts: SlotTexts;
  /** Undefined where one has left: nobody changes places while a batch is written. */
  #members: (Member | undefined)[] = [];
  #left = 0;

  constructor(textLength: number) {
    this.#textLength = textLength;
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
    this.#closeRanks();
    member.place = this.#members.length;
    this.#texts.set(member.place, member.outlet.slotText);
    this.#members.push(member);
  }

  /** False where it is not here. */
  delete(member: Member): boolean {
    if (this.#members[member.place] !== member) return false;
    this.#members[member.place] = undefined;
    this.#left++;
    return true;
  }

  /**
   * Writes one batch of responses to every open outlet, as bytes made once and filled in for each; who does not keep up
   * is handed to `late` instead. Returns how many it was written to.
   */
  write(responses: readonly string[], late: (member: Member) => void): number {
    this.#closeRanks();
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

  /** Where many have left. */
  #closeRanks(): void {
    if (this.#left <= this.#members.length * EMPTY_SHARE) return;
    const members = [...this];
    this.#texts = new SlotTexts(this.#textLength);
    for (const [place, member] of members.entries()) {
      member.place = place;
      this.#texts.set(place, member.outlet.slotText);
    }
    this.#members = members;
    this.#left = 0;
  }
}
