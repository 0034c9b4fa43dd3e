import type { Broker } from "../broker/broker.ts";
import type { IncomingMessage, OutgoingMessage } from "../broker/message.ts";
import type { PublishReceipt } from "../broker/publish-receipt.ts";
import type { ConnectionStatus, BrokerStatus } from "../broker/status.ts";
import type {
  Binding,
  BindingsOf,
  ExchangeDescription,
  ExchangeSpec,
  QueueCounts,
  QueueDescription,
  QueueSpec,
} from "../broker/topology.ts";
import { promised } from "../promised.ts";
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

  publish(
    message: OutgoingMessage,
    options: Parameters<Broker["publish"]>[1],
  ): Promise<PublishReceipt> {
    return promised(() => {
      this.#permissions.publish(message);
      return this.#broker.publish(message, options);
    });
  }

  async request(
    message: OutgoingMessage,
    options: { timeoutMs: number },
  ): Promise<IncomingMessage> {
    this.#permissions.publish(message, "request");
    return await this.#broker.request(message, options);
  }

  async declareExchange(spec: ExchangeSpec): Promise<void> {
    await this.#permissions.declareExchange(spec);
    await this.#broker.declareExchange(spec);
  }

  async deleteExchange(name: string, options: { ifUnused: boolean }): Promise<boolean> {
    this.#permissions.configureExchange(name);
    return await this.#broker.deleteExchange(name, options);
  }

  async declareQueue(spec: QueueSpec): Promise<QueueCounts> {
    this.#permissions.declareQueue(spec);
    return await this.#broker.declareQueue(spec);
  }

  async deleteQueue(
    name: string,
    options: { ifUnused: boolean; ifEmpty: boolean },
  ): Promise<number> {
    this.#permissions.queue("configure", name);
    return await this.#broker.deleteQueue(name, options);
  }

  /** As though it had taken them. */
  async purgeQueue(name: string): Promise<number> {
    this.#permissions.queue("consume", name);
    return await this.#broker.purgeQueue(name);
  }

  async countQueue(name: string): Promise<QueueCounts> {
    this.#permissions.queue("read", name, "configure");
    return await this.#broker.countQueue(name);
  }

  async readExchanges(): Promise<readonly ExchangeDescription[]> {
    const all = await this.#broker.readExchanges();
    return all.filter(({ name }) => this.#permissions.seesExchange(name));
  }

  async readExchange(name: string): Promise<ExchangeDescription | undefined> {
    this.#permissions.readExchange(name);
    return await this.#broker.readExchange(name);
  }

  async readQueues(): Promise<readonly QueueDescription[]> {
    const all = await this.#broker.readQueues();
    return all.filter(({ name }) => this.#permissions.seesQueue(name));
  }

  async readQueue(name: string): Promise<QueueDescription | undefined> {
    this.#permissions.queue("read", name);
    return await this.#broker.readQueue(name);
  }

  async readBindings(of: BindingsOf): Promise<readonly Binding[]> {
    if (of !== "all")
      if ("source" in of) this.#permissions.readExchange(of.source);
      else this.#permissions.queue("read", of.queue);
    const all = await this.#broker.readBindings(of);
    return all.filter((binding) => this.#permissions.seesBinding(binding));
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
