/** A peer that was silent for this many halves of the interval is gone (AMQP 0-9-1 section 4.2.7). */
const SILENT_HALVES = 4;

/** Both directions of a connection's heartbeat. */
export class Heartbeat {
  #silentHalves = 0;
  readonly #timer: NodeJS.Timeout;

  /**
   * Every half of the interval `link.heard` is read and set to false. `beat` is called each time, and
   * `lost` instead of it, once, when the peer is given up on.
   */
  constructor(
    intervalMs: number,
    link: { heard: boolean },
    hooks: { beat: () => void; lost: () => void },
  ) {
    this.#timer = setInterval(() => {
      this.#silentHalves = link.heard ? 0 : this.#silentHalves + 1;
      link.heard = false;
      if (this.#silentHalves < SILENT_HALVES) {
        hooks.beat();
        return;
      }
      this.stop();
      hooks.lost();
    }, intervalMs / 2);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
