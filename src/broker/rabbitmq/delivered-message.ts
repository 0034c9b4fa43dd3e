import type { FieldTable } from "../field-table.ts";
import { IncomingBody } from "../incoming-body.ts";
import type { IncomingMessage, MessageProperties } from "../message.ts";
import type { Delivery } from "./wire/delivery.ts";

/** A delivery as a message that somebody received. */
export class DeliveredMessage extends IncomingBody implements IncomingMessage {
  readonly #delivery: Delivery;
  readonly #receivedMs: number;

  /** `receivedMs`: milliseconds since 1970, as Date has them. */
  constructor(delivery: Delivery, receivedMs: number) {
    super();
    this.#delivery = delivery;
    this.#receivedMs = receivedMs;
  }

  get exchange(): string {
    return this.#delivery.exchange;
  }

  get routingKey(): string {
    return this.#delivery.routingKey;
  }

  get body(): Buffer {
    return this.#delivery.body;
  }

  get redelivered(): boolean {
    return this.#delivery.redelivered;
  }

  get receivedAt(): Date {
    return new Date(this.#receivedMs);
  }

  get headers(): FieldTable {
    return this.#delivery.headers;
  }

  get hasUnreadableHeaders(): boolean {
    return this.#delivery.hasUnreadableHeaders;
  }

  get properties(): MessageProperties {
    return this.#delivery.properties;
  }
}
