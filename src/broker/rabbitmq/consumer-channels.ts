import type { AmqpConnection } from "./wire/amqp-connection.ts";
import { ConsumerChannel } from "./consumer-channel.ts";

/** Channels over which the taps of a connection are spread: the fewer, the faster; the more, the less one can take down. */
const CHANNELS = 8;

/** The consumer channels of one connection, opened as they are needed. */
export class ConsumerChannels {
  readonly #connection: AmqpConnection;
  readonly #prefetch: number;
  readonly #channels: (Promise<ConsumerChannel> | undefined)[] = Array.from(
    { length: CHANNELS },
    () => undefined,
  );
  #next = 0;

  constructor(connection: AmqpConnection, prefetch: number) {
    this.#connection = connection;
    this.#prefetch = prefetch;
  }

  pick(): Promise<ConsumerChannel> {
    const place = this.#next++ % CHANNELS;
    return (this.#channels[place] = this.#usable(this.#channels[place]));
  }

  async #usable(current: Promise<ConsumerChannel> | undefined): Promise<ConsumerChannel> {
    const channel = await current?.catch(() => undefined);
    return channel?.open ? channel : await ConsumerChannel.open(this.#connection, this.#prefetch);
  }
}
