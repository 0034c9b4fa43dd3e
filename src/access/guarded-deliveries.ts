import type { Deliveries, DeliveriesRequest } from "../work/deliveries.ts";
import type { Delivery } from "../work/delivery.ts";
import { whileHeld } from "./hold.ts";
import type { Permissions } from "./permissions.ts";

/** What of deliveries whoever acts for a caller can reach; what is handed out is its own to settle. */
export type DeliveriesAccess = Pick<Deliveries, "subscribe" | "ack" | "nack" | "retry">;

/** Deliveries from the queues that one caller may take messages from. */
export class GuardedDeliveries implements DeliveriesAccess {
  readonly #deliveries: DeliveriesAccess;
  readonly #permissions: Permissions;

  constructor(deliveries: DeliveriesAccess, permissions: Permissions) {
    this.#deliveries = deliveries;
    this.#permissions = permissions;
  }

  async subscribe(request: DeliveriesRequest): Promise<AsyncIterableIterator<Delivery>> {
    const hold = this.#permissions.hold(() => this.#permissions.queue("consume", request.queue));
    try {
      return whileHeld(await this.#deliveries.subscribe(request), hold);
    } catch (error) {
      hold.release();
      throw error;
    }
  }

  ack(...given: Parameters<Deliveries["ack"]>): ReturnType<Deliveries["ack"]> {
    return this.#deliveries.ack(...given);
  }

  nack(...given: Parameters<Deliveries["nack"]>): ReturnType<Deliveries["nack"]> {
    return this.#deliveries.nack(...given);
  }

  retry(...given: Parameters<Deliveries["retry"]>): ReturnType<Deliveries["retry"]> {
    return this.#deliveries.retry(...given);
  }
}
