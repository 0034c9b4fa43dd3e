import type { Deliveries, DeliveriesRequest } from "../work/deliveries.ts";
import type { Delivery } from "../work/delivery.ts";
import type { Caller } from "./caller.ts";
import type { ConsumerPlaces } from "./consumer-places.ts";
import type { DeliveriesAccess } from "./guarded-deliveries.ts";

/** Deliveries, each subscription of a caller's counted. */
export class PlacedDeliveries implements DeliveriesAccess {
  readonly #deliveries: DeliveriesAccess;
  readonly #places: ConsumerPlaces;
  readonly #caller: Caller;

  constructor(deliveries: DeliveriesAccess, places: ConsumerPlaces, caller: Caller) {
    this.#deliveries = deliveries;
    this.#places = places;
    this.#caller = caller;
  }

  subscribe(request: DeliveriesRequest): Promise<AsyncIterableIterator<Delivery>> {
    return this.#places.with(this.#caller, () => this.#deliveries.subscribe(request));
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
