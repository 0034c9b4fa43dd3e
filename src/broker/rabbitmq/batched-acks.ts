import type { Delivery } from "./wire/delivery.ts";

/** What of a delivery an acknowledgement takes. */
export type Tagged = Pick<Delivery, "tag">;

/** What of a channel acknowledging takes: `allUpTo` acknowledges every earlier delivery that is not settled with it. */
export interface AcknowledgingChannel {
  ack(delivery: Tagged, allUpTo: boolean): boolean;
}

/**
 * Acknowledgements of one channel: those of a turn go out together, as one where no delivery before them is
 * unsettled (`multiple`, AMQP 0-9-1 section 1.8.3.13). To the broker each is as much work as a delivery.
 */
export class BatchedAcks {
  readonly #channel: AcknowledgingChannel;
  /** Tags in the order of delivery, which is theirs. */
  readonly #unsettled = new Set<number>();
  #acked: Tagged[] = [];

  constructor(channel: AcknowledgingChannel) {
    this.#channel = channel;
  }

  delivered({ tag }: Tagged): void {
    this.#unsettled.add(tag);
  }

  /** It is being settled by another way, at once. */
  settled({ tag }: Tagged): void {
    this.#unsettled.delete(tag);
  }

  ack(delivery: Tagged): void {
    this.settled(delivery);
    if (this.#acked.push(delivery) === 1) queueMicrotask(() => this.flush());
  }

  /** Sends what waits. A channel that is gone has given everything back. */
  flush(): void {
    const acked = this.#acked;
    this.#acked = [];
    const [oldest = Infinity] = this.#unsettled;
    let latest: Tagged | undefined;
    for (const delivery of acked) {
      if (delivery.tag > oldest) this.#channel.ack(delivery, false);
      else if (!latest || delivery.tag > latest.tag) latest = delivery;
    }
    if (latest) this.#channel.ack(latest, true);
  }
}
