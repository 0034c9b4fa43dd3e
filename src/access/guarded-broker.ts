import type { Broker } from "../broker/broker.ts";
import type { OutgoingMessage } from "../broker/message.ts";
import type { ConnectionStatus, BrokerStatus } from "../broker/status.ts";
import type { Binding, ExchangeSpec } from "../broker/topology.ts";
import type { BrokerAccess } from "./broker-access.ts";
import type { Permissions } from "./permissions.ts";

/** The broker as far as one caller may have to do with it. */
export class GuardedBroker implements BrokerAccess {
  readonly #broker: BrokerAccess;
  readonly #permissions: Permissions;

  constructor(broker: BrokerAccess, permissions: Permissions) {
    this.#broker = broker;
    this.#permissions = permissions;
  }

  get status(): BrokerStatus {
    this.#permissions.readBroker();
    return this.#broker.status;
  }

  get connections(): readonly ConnectionStatus[] {
    this.#permissions.readBroker();
    return this.#broker.connections;
  }

  async publish(message: OutgoingMessage, options: Parameters<Broker["publish"]>[1]) {
    this.#permissions.publish(message);
    return await this.#broker.publish(message, options);
  }

  async declareExchange(spec: ExchangeSpec): Promise<void> {
    await this.#permissions.declareExchange(spec);
    await this.#broker.declareExchange(spec);
  }

  async deleteExchange(name: string, options: { ifUnused: boolean }): Promise<boolean> {
    this.#permissions.configureExchange(name);
    return await this.#broker.deleteExchange(name, options);
  }

  async bind(binding: Binding): Promise<void> {
    await this.#permissions.bind(binding);
    await this.#broker.bind(binding);
  }

  async unbind(binding: Binding): Promise<void> {
    await this.#permissions.unbind(binding);
    await this.#broker.unbind(binding);
  }
}
