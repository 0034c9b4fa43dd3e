import type { Channel, ConsumeMessage } from "amqplib";

export type OnMessage = (message: ConsumeMessage) => void;

/**
 * One queue for each exchange that anybody subscribes to, consumed without acknowledgements: the broker's
 * part in what a subscription costs, made as small as it gets. Queues stay until the program ends.
 */
export class SharedQueues {
  readonly #channel: Channel;
  readonly #listeners = new Map<string, Promise<Set<OnMessage>>>();

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Resolves, once bound and consumed, with what ends it. */
  async subscribe(exchange: string, onMessage: OnMessage): Promise<() => void> {
    const opened = this.#listeners.get(exchange) ?? this.#open(exchange);
    this.#listeners.set(exchange, opened);
    const listeners = await opened;
    listeners.add(onMessage);
    return () => listeners.delete(onMessage);
  }

  async #open(exchange: string): Promise<Set<OnMessage>> {
    const listeners = new Set<OnMessage>();
    const { queue } = await this.#channel.assertQueue("", { exclusive: true, durable: false });
    await this.#channel.bindQueue(queue, exchange, "#");
    await this.#channel.consume(
      queue,
      (message) => {
        if (message) for (const listener of listeners) listener(message);
      },
      { noAck: true },
    );
    return listeners;
  }
}
