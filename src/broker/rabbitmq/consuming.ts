import type { Logger } from "../../telemetry/logger.ts";
import { urlsIn } from "../../url-list.ts";
import type { AmqpConnection } from "./wire/amqp-connection.ts";
import { BindingLookup } from "./binding-lookup.ts";
import { BindingProbe } from "./binding-probe.ts";
import { brokerAddress } from "./broker-address.ts";
import { ConsumerChannels } from "./consumer-channels.ts";
import { managementAddresses } from "./management-addresses.ts";
import type { RabbitMqOptions } from "./options.ts";
import { OverflowCanary } from "./overflow-canary.ts";
import { SerialChannels } from "./serial-channels.ts";
import type { Channel } from "./wire/channel.ts";

/** What taps need of one consuming connection. An exclusive queue belongs to its connection, so all of it is the same one's. */
export interface Consuming {
  readonly declarations: SerialChannels<Channel>;
  /** For what may be refused again and again, one after another: it holds up nobody else. */
  readonly probing: SerialChannels<Channel>;
  readonly consumers: ConsumerChannels;
  readonly probe: BindingProbe;
  readonly lookup: BindingLookup;
  readonly canary: OverflowCanary;
  readonly deadLetters: DeadLetters;
}

/** Makes the consuming side of each connection, with what outlives them. */
export class ConsumingSides {
  readonly #options: RabbitMqOptions;
  readonly #lookup: BindingLookup;
  #probe: BindingProbe | undefined;
  /** Whether it has been said: once, however many connections there are. */
  readonly #said = { isRefused: false };

  constructor(options: RabbitMqOptions) {
    this.#options = options;
    this.#lookup = new BindingLookup({
      addresses: () => managementAddresses(options),
      virtualHost: brokerAddress(urlsIn(options.url)[0]).virtualHost,
      logger: options.logger,
      onChange: () => this.#probe?.hurry(),
    });
  }

  over(connection: AmqpConnection): Consuming {
    const { tapPrefetch, bindingProbeMs, instance, logger } = this.#options;
    this.#probe = new BindingProbe(bindingProbeMs);
    this.#lookup.connected(connection.clusterName);
    return {
      declarations: new SerialChannels(connection),
      probing: new SerialChannels(connection, 1),
      consumers: new ConsumerChannels(connection, tapPrefetch),
      probe: this.#probe,
      lookup: this.#lookup,
      canary: new OverflowCanary(connection, instance, logger),
      deadLetters: new DeadLetters(logger, this.#said),
    };
  }

  close(): void {
    this.#lookup.close();
  }
}

/** Whether the broker lets the queues of taps send on what they drop. Asked anew on each connection: permissions change. */
class DeadLetters {
  areRefused = false;
  readonly #logger: Logger;
  readonly #said: { isRefused: boolean };

  constructor(logger: Logger, said: { isRefused: boolean }) {
    this.#logger = logger;
    this.#said = said;
  }

  refused(error: unknown): void {
    this.areRefused = true;
    if (this.#said.isRefused) return;
    this.#said.isRefused = true;
    this.#logger.warn(
      { err: error },
      "what the broker drops of a subscription will go untold: the user may not send dead letters (write on amq.default)",
    );
  }
}
