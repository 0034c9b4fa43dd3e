import type { Delivery } from "./wire/delivery.ts";

/** Bounds of what is held: a few round trips' worth of messages. */
const MAX_MESSAGES = 1_000;
const MAX_BYTES = 8 * 1024 * 1024;

/** Deliveries that came before it was known what is to be told ahead of them. */
export class HeldDeliveries {
  readonly deliveries: Delivery[] = [];
  #bytes = 0;

  /** False: as many are held as may be. */
  add(delivery: Delivery): boolean {
    this.deliveries.push(delivery);
    this.#bytes += delivery.body.length;
    return this.deliveries.length < MAX_MESSAGES && this.#bytes < MAX_BYTES;
  }
}
