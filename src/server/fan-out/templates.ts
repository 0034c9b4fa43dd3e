import { copyOf, type FrameTemplate } from "./frame-batch.ts";
import type { Outlet } from "./outlet.ts";

/** One batch of responses as bytes, made once for each kind of outlet and filled in for each outlet. */
export class Templates {
  readonly #texts: readonly string[];
  #others?: Map<number, Made>;
  /** The kind that was written last: mostly there is one alone. */
  #key: number | undefined;
  #template: FrameTemplate | undefined;
  #isFree = true;

  constructor(texts: readonly string[]) {
    this.#texts = texts;
  }

  write(outlet: Outlet): void {
    const template = this.#templateFor(outlet);
    const { stream } = outlet;
    outlet.fill(template);
    stream.write(template.bytes);
    this.#isFree = stream.writableLength === 0 || template.slots.length === 0;
  }

  #templateFor(outlet: Outlet): FrameTemplate {
    const { templateKey } = outlet;
    if (this.#template && templateKey === this.#key) return this.#free(this.#template);
    if (this.#template && this.#key !== undefined)
      (this.#others ??= new Map()).set(this.#key, {
        template: this.#template,
        isFree: this.#isFree,
      });
    const other = this.#others?.get(templateKey);
    this.#key = templateKey;
    this.#isFree = other?.isFree ?? true;
    return this.#free(other?.template ?? outlet.template(this.#texts));
  }

  /** What the kernel has taken can be filled in anew; what waits in a socket is that socket's. */
  #free(template: FrameTemplate): FrameTemplate {
    this.#template = this.#isFree ? template : copyOf(template);
    return this.#template;
  }
}

interface Made {
  readonly template: FrameTemplate;
  readonly isFree: boolean;
}
