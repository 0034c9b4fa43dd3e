import type { AmqpConnection } from "./amqp-connection.ts";
import { ConsumerChannels } from "./consumer-channels.ts";
import { SerialChannels } from "./serial-channels.ts";

/** What taps need of one consuming connection. An exclusive queue belongs to its connection, so both are the same one. */
export interface Consuming {
  readonly declarations: SerialChannels;
  readonly consumers: ConsumerChannels;
}

export function consumingOver(connection: AmqpConnection, prefetch: number): Consuming {
  return {
    declarations: new SerialChannels(connection),
    consumers: new ConsumerChannels(connection, prefetch),
  };
}
