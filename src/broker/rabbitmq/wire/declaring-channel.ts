import { fieldTable, type FieldTable } from "../../field-table.ts";
import {
  EXCHANGE_DECLARE,
  EXCHANGE_DECLARE_OK,
  QUEUE_BIND,
  QUEUE_BIND_OK,
  QUEUE_DECLARE,
  QUEUE_DECLARE_OK,
  QUEUE_DELETE,
  QUEUE_DELETE_OK,
  QUEUE_PURGE,
  QUEUE_PURGE_OK,
} from "./amqp-constants.ts";
import { MethodChannel } from "./method-channel.ts";
import { bits, short, shortString, table } from "./method-frame.ts";

export interface QueueOptions {
  readonly durable: boolean;
  readonly exclusive: boolean;
  readonly autoDelete: boolean;
  readonly arguments: FieldTable;
}

export interface QueueDeclared {
  readonly messageCount: number;
  readonly consumerCount: number;
}

/** In front of most methods: what AMQP 0-9-1 calls reserved, and AMQP 0-8 a ticket. */
const TICKET = short(0);

/**
 * Queues and their bindings (AMQP 0-9-1 sections 1.6 and 1.7): what has to be asked on the connection that messages come
 * by. What is refused closes the channel, and rejects with the broker's reply code.
 */
export abstract class DeclaringChannel extends MethodChannel {
  /** `queue.declare`. One that is there stays as it is, or is refused where it differs. */
  declareQueue(
    name: string,
    { durable, exclusive, autoDelete, arguments: more }: QueueOptions,
  ): Promise<QueueDeclared> {
    return this.#queueDeclare(name, bits(false, durable, exclusive, autoDelete), more);
  }

  /** By a passive declaration; 404 where there is none. */
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

  /** By a passive declaration; 404 where there is none. */
  async checkExchange(name: string): Promise<void> {
    // Of a passive declaration the type is not looked at, nor is anything after it.
    const asked = [TICKET, shortString(name), shortString(""), bits(true), table(fieldTable())];
    await this.call(EXCHANGE_DECLARE, EXCHANGE_DECLARE_OK, ...asked);
  }

  async #queueDeclare(name: string, flags: Uint8Array, more: FieldTable): Promise<QueueDeclared> {
    const asked = [TICKET, shortString(name), flags, table(more)];
    const { fields } = await this.call(QUEUE_DECLARE, QUEUE_DECLARE_OK, ...asked);
    fields.skip(fields.octet());
    return { messageCount: fields.long(), consumerCount: fields.long() };
  }
}
