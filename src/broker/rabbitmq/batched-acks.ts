import type { ConsumeMessage } from "amqplib";

/** What of a channel acknowledging takes: `allUpTo` acknowledges every earlier delivery that is not settled with it. */
export interface AcknowledgingChannel {
  ack(message: ConsumeMessage, allUpTo: boolean): void;
}

/**
 * Acknowledgements of one channel: those of a turn go out together, as one where no delivery before them is
 * unsettled (`multiple`, AMQP 0-9-1 section 1.8.3.13). To the broker each is as much work as a delivery.
 */
export class BatchedAcks {
  readonly #channel: AcknowledgingChannel;
  /** Tags in the order of delivery, which is theirs. */
  readonly #unsettled = new Set<number>();
  #acked: ConsumeMessage[] = [];

  constructor(channel: AcknowledgingChannel) {
    this.#channel = channel;
  }

  delivered({ fields: { deliveryTag } }: ConsumeMessage): void {
    this.#unsettled.add(deliveryTag);
  }

  /** It is being settled by another way, at once. */
  settled({ fields: { deliveryTag } }: ConsumeMessage): void {
    this.#unsettled.delete(deliveryTag);
  }

  ack(message: ConsumeMessage): void {
    this.settled(message);
    if (this.#acked.push(message) === 1) queueMicrotask(() => this.flush());
  }

  /** Sends what waits. Never throws: a channel that is gone has given everything back. */
  flush(): void {
    const acked = this.#acked;
    this.#acked = [];
    const [oldest = Infinity] = this.#unsettled;
    let latest: ConsumeMessage | undefined;
    try {
      for (const message of acked) {
        const { deliveryTag } = message.fields;
        if (deliveryTag > oldest) this.#channel.ack(message, false);
        else if (!latest || deliveryTag > latest.fields.deliveryTag) latest = message;
      }
      if (latest) this.#channel.ack(latest, true);
    } catch {
      // The channel is closing, and we have not been told yet.
    }
  }
}
