import type { Socket } from "node:net";
import type { Direction, Toxics } from "./toxics.ts";
import { Way } from "./way.ts";

/** A connection of a client with the one made to the target on its behalf. */
export class Link {
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #up: Way;
  readonly #down: Way;
  readonly #listeners: (() => void)[] = [];
  #open = 2;

  constructor(client: Socket, upstream: Socket, toxics: (direction: Direction) => Toxics) {
    this.#client = client;
    this.#upstream = upstream;
    this.#up = new Way(() => toxics("up"));
    this.#down = new Way(() => toxics("down"));
    this.#watch(client, this.#up, upstream);
    this.#watch(upstream, this.#down, client);
  }

  onClosed(listener: () => void): void {
    this.#listeners.push(listener);
  }

  flow(direction: Direction): void {
    if (direction === "up") this.#client.pipe(this.#up).pipe(this.#upstream);
    else this.#upstream.pipe(this.#down).pipe(this.#client);
  }

  hold(direction: Direction): void {
    const held = direction === "up" ? [this.#client, this.#up] : [this.#upstream, this.#down];
    for (const stream of held) stream.unpipe().pause();
  }

  destroy(): void {
    for (const end of this.#all) end.destroy();
  }

  reset(): void {
    for (const end of [this.#client, this.#upstream]) end.resetAndDestroy();
    this.destroy();
  }

  get #all() {
    return [this.#client, this.#up, this.#upstream, this.#down];
  }

  /** `end` is where bytes come from that take `way` to `other`. */
  #watch(end: Socket, way: Way, other: Socket): void {
    end.setNoDelay(true);
    end.on("error", () => {
      // Through a blackhole nothing is heard of an end's failure either.
      if (way.isLost) end.destroy();
      else this.destroy();
    });
    end.once("end", () => {
      if (way.isLost || other.destroyed) end.destroy();
    });
    end.once("close", () => {
      // What the other end still says is for nobody; its own end has to be heard all the same.
      other.unpipe().resume();
      this.#open -= 1;
      if (this.#open > 0) return;
      this.destroy();
      for (const listener of this.#listeners) listener();
    });
  }
}
