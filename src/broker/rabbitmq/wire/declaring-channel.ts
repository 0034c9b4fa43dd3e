import { fieldTable, type FieldTable } from "../../field-table.ts";
import type {
  Declarations,
  ExchangeOptions,
  QueueDeclared,
  QueueOptions,
} from "../declarations.ts";
import {
  EXCHANGE_BIND,
  EXCHANGE_BIND_OK,
  EXCHANGE_DECLARE,
  EXCHANGE_DECLARE_OK,
  EXCHANGE_DELETE,
  EXCHANGE_DELETE_OK,
  EXCHANGE_UNBIND,
  EXCHANGE_UNBIND_OK,
  QUEUE_BIND,
  QUEUE_BIND_OK,
  QUEUE_DECLARE,
  QUEUE_DECLARE_OK,
  QUEUE_DELETE,
  QUEUE_DELETE_OK,
  QUEUE_PURGE,
  QUEUE_PURGE_OK,
  QUEUE_UNBIND,
  QUEUE_UNBIND_OK,
} from "./amqp-constants.ts";
import { MethodChannel } from "./method-channel.ts";
import { bits, short, shortString, table } from "./method-frame.ts";

/** In front of most methods: what AMQP 0-9-1 calls reserved, and AMQP 0-8 a ticket. */
const TICKET = short(0);

/** {@link Declarations} over our own frames. */
export abstract class DeclaringChannel extends MethodChannel implements Declarations {
  async declareExchange(
    name: string,
    type: string,
    { durable, autoDelete, internal, arguments: more }: ExchangeOptions,
  ): Promise<void> {
    await this.#exchangeDeclare(name, type, bits(false, durable, autoDelete, internal), more);
  }

  async checkExchange(name: string): Promise<void> {
    await this.#exchangeDeclare(name, "", bits(true), fieldTable());
  }

  async deleteExchange(name: string, { ifUnused }: { ifUnused: boolean }): Promise<void> {
    const fields = [TICKET, shortString(name), bits(ifUnused)];
    await this.call(EXCHANGE_DELETE, EXCHANGE_DELETE_OK, ...fields);
  }

  async bindExchange(
    destination: string,
    source: string,
    routingKey: string,
    more: FieldTable,
  ): Promise<void> {
    const names = [destination, source, routingKey].map(shortString);
    await this.call(EXCHANGE_BIND, EXCHANGE_BIND_OK, TICKET, ...names, bits(), table(more));
  }

  async unbindExchange(
    destination: string,
    source: string,
    routingKey: string,
    more: FieldTable,
  ): Promise<void> {
    const names = [destination, source, routingKey].map(shortString);
    await this.call(EXCHANGE_UNBIND, EXCHANGE_UNBIND_OK, TICKET, ...names, bits(), table(more));
  }

  declareQueue(
    name: string,
    { durable, exclusive, autoDelete, arguments: more }: QueueOptions,
  ): Promise<QueueDeclared> {
    return this.#queueDeclare(name, bits(false, durable, exclusive, autoDelete), more);
  }

  checkQueue(name: string): Promise<QueueDeclared> {
    return this.#queueDeclare(name, bits(true), fieldTable());
  }

  async deleteQueue(
    name: string,
    { ifUnused, ifEmpty }: { ifUnused: boolean; ifEmpty: boolean },
  ): Promise<{ messageCount: number }> {
    const asked = [TICKET, shortString(name), bits(ifUnused, ifEmpty)];
    const { fields } = await this.call(QUEUE_DELETE, QUEUE_DELETE_OK, ...asked);
    return { messageCount: fields.long() };
  }

  async purgeQueue(name: string): Promise<{ messageCount: number }> {
    const asked = [TICKET, shortString(name), bits()];
    const { fields } = await this.call(QUEUE_PURGE, QUEUE_PURGE_OK, ...asked);
    return { messageCount: fields.long() };
  }

  async bindQueue(
    queue: string,
    exchange: string,
    routingKey: string,
    more: FieldTable,
  ): Promise<void> {
    const names = [queue, exchange, routingKey].map(shortString);
    await this.call(QUEUE_BIND, QUEUE_BIND_OK, TICKET, ...names, bits(), table(more));
  }

  /** The one method of these that has no `no-wait`. */
  async unbindQueue(
    queue: string,
    exchange: string,
    routingKey: string,
    more: FieldTable,
  ): Promise<void> {
    const names = [queue, exchange, routingKey].map(shortString);
    await this.call(QUEUE_UNBIND, QUEUE_UNBIND_OK, TICKET, ...names, table(more));
  }

  async #exchangeDeclare(
    name: string,
    type: string,
    flags: Uint8Array,
    more: FieldTable,
  ): Promise<void> {
    const fields = [TICKET, shortString(name), shortString(type), flags, table(more)];
    await this.call(EXCHANGE_DECLARE, EXCHANGE_DECLARE_OK, ...fields);
  }

  async #queueDeclare(name: string, flags: Uint8Array, more: FieldTable): Promise<QueueDeclared> {
    const asked = [TICKET, shortString(name), flags, table(more)];
    const { fields } = await this.call(QUEUE_DECLARE, QUEUE_DECLARE_OK, ...asked);
    fields.skip(fields.octet());
    return { messageCount: fields.long(), consumerCount: fields.long() };
  }
}
