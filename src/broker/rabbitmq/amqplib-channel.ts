import type { Channel } from "amqplib";
import type { FieldTable } from "../field-table.ts";
import type { Declarations, ExchangeOptions, QueueDeclared, QueueOptions } from "./declarations.ts";
import { amqplibTable } from "./amqplib-table.ts";

/** A channel of amqplib's for declarations. */
export class AmqplibChannel implements Declarations {
  readonly #channel: Channel;
  #closed = false;

  constructor(channel: Channel) {
    this.#channel = channel;
    channel.on("close", () => (this.#closed = true));
  }

  get closed(): boolean {
    return this.#closed;
  }

  close(): Promise<void> {
    return this.#channel.close();
  }

  async declareExchange(name: string, type: string, options: ExchangeOptions): Promise<void> {
    await this.#channel.assertExchange(name, type, withTable(options));
  }

  async checkExchange(name: string): Promise<void> {
    await this.#channel.checkExchange(name);
  }

  async deleteExchange(name: string, options: { ifUnused: boolean }): Promise<void> {
    await this.#channel.deleteExchange(name, options);
  }

  async bindExchange(
    to: string,
    from: string,
    routingKey: string,
    more: FieldTable,
  ): Promise<void> {
    await this.#channel.bindExchange(to, from, routingKey, amqplibTable(more));
  }

  async unbindExchange(
    to: string,
    from: string,
    routingKey: string,
    more: FieldTable,
  ): Promise<void> {
    await this.#channel.unbindExchange(to, from, routingKey, amqplibTable(more));
  }

  declareQueue(name: string, options: QueueOptions): Promise<QueueDeclared> {
    return this.#channel.assertQueue(name, withTable(options));
  }

  checkQueue(name: string): Promise<QueueDeclared> {
    return this.#channel.checkQueue(name);
  }

  deleteQueue(
    name: string,
    options: { ifUnused: boolean; ifEmpty: boolean },
  ): Promise<{ messageCount: number }> {
    return this.#channel.deleteQueue(name, options);
  }

  purgeQueue(name: string): Promise<{ messageCount: number }> {
    return this.#channel.purgeQueue(name);
  }

  async bindQueue(
    queue: string,
    exchange: string,
    routingKey: string,
    more: FieldTable,
  ): Promise<void> {
    await this.#channel.bindQueue(queue, exchange, routingKey, amqplibTable(more));
  }

  async unbindQueue(
    queue: string,
    exchange: string,
    routingKey: string,
    more: FieldTable,
  ): Promise<void> {
    await this.#channel.unbindQueue(queue, exchange, routingKey, amqplibTable(more));
  }
}

function withTable<O extends { readonly arguments: FieldTable }>(options: O) {
  return { ...options, arguments: amqplibTable(options.arguments) };
}
