import { afterEach, beforeEach } from "vitest";
import type { RabbitMqOptions } from "../../../../../src/broker/rabbitmq/options.ts";
import { AmqpConnection } from "../../../../../src/broker/rabbitmq/wire/amqp-connection.ts";
import type { Channel } from "../../../../../src/broker/rabbitmq/wire/channel.ts";
import { ScriptedBroker, type Dialled } from "../../../../harness/scripted-broker.ts";
import { optionsFor } from "../outgoing.ts";

/** A channel, and both ends of the connection that it is on. */
export interface OpenedChannel {
  readonly connection: AmqpConnection;
  readonly dialled: Dialled;
  readonly channel: Channel;
  /** What a connection's logger was told went wrong. */
  readonly logged: unknown[];
}

/** To be called once in a file: opens channels to a scripted broker, one each test, and closes it after each. */
export function scriptedChannels(): () => Promise<OpenedChannel> {
  let broker: ScriptedBroker;
  const opened: AmqpConnection[] = [];

  beforeEach(async () => {
    broker = await ScriptedBroker.listen();
  });

  afterEach(async () => {
    await broker.close();
    await Promise.all(opened.splice(0).map(({ ended }) => ended));
  });

  return async () => {
    const logged: unknown[] = [];
    const logger = { error: (what: object) => logged.push(what) };
    const options = optionsFor(broker.url, {
      logger: logger as unknown as RabbitMqOptions["logger"],
    });
    const opening = AmqpConnection.open("consuming", options, new AbortController().signal);
    const dialled = await broker.dialled();
    await dialled.shakeHands();
    const connection = await opening;
    opened.push(connection);
    const openingChannel = connection.openChannel();
    await dialled.channel();
    return { connection, dialled, channel: await openingChannel, logged };
  };
}
