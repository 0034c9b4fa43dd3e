import { CodedError } from "../../errors.ts";
import {
  exchangeInUse,
  exchangeMismatch,
  exchangeNotFound,
  queueInUse,
  queueMismatch,
  queueNotEmpty,
  queueNotFound,
  reservedName,
} from "../broker-errors.ts";
import type { Binding, ExchangeSpec, QueueSpec } from "../topology.ts";
import { isReservedName } from "../reserved-name.ts";
import { encodeFieldTable } from "./field-table-codec.ts";
import { mismatch, refusal, replyCode } from "./reply-codes.ts";
import type { SerialChannels } from "./serial-channels.ts";

/** Declarations, deletions and bindings, each refusal in the words of whoever asked. */
export class TopologyCommands {
  readonly #channels: SerialChannels;

  constructor(channels: SerialChannels) {
    this.#channels = channels;
  }

  async declareExchange(spec: ExchangeSpec): Promise<void> {
    const { name, type, durable, autoDelete, internal } = spec;
    const options = { durable, autoDelete, internal, arguments: encodeFieldTable(spec.arguments) };
    try {
      await this.#channels.run((channel, bounded) =>
        bounded(channel.assertExchange(name, type, options)),
      );
    } catch (error) {
      const differs = mismatch(error);
      if (differs) throw exchangeMismatch(name, differs.argument, differs.existing, differs.given);
      if (replyCode(error) === 403 && isReservedName(name)) throw reservedName(name);
      throw refusal(error, `The broker refused to declare exchange "${name}"`);
    }
  }

  async deleteExchange(name: string, { ifUnused }: { ifUnused: boolean }): Promise<boolean> {
    try {
      // RabbitMQ answers a deletion alike whether there was one or not.
      const existed = await this.#exists(name);
      await this.#channels.run((channel, bounded) =>
        bounded(channel.deleteExchange(name, { ifUnused })),
      );
      return existed;
    } catch (error) {
      if (replyCode(error) === 406) throw exchangeInUse(name);
      if (replyCode(error) === 403 && isReservedName(name)) throw reservedName(name);
      throw refusal(error, `The broker refused to delete exchange "${name}"`);
    }
  }

  async declareQueue(spec: QueueSpec): Promise<{ messagesReady: number; consumers: number }> {
    const { name, type, durable, autoDelete } = spec;
    const options = {
      durable,
      autoDelete,
      exclusive: false,
      arguments: { ...encodeFieldTable(spec.arguments), "x-queue-type": type },
    };
    try {
      const declared = await this.#channels.run((channel, bounded) =>
        bounded(channel.assertQueue(name, options)),
      );
      return { messagesReady: declared.messageCount, consumers: declared.consumerCount };
    } catch (error) {
      const differs = mismatch(error);
      if (differs) throw queueMismatch(name, differs.argument, differs.existing, differs.given);
      if (replyCode(error) === 403 && isReservedName(name)) throw reservedName(name);
      throw refusal(error, `The broker refused to declare queue "${name}"`);
    }
  }

  async deleteQueue(
    name: string,
    options: { ifUnused: boolean; ifEmpty: boolean },
  ): Promise<number> {
    try {
      const { messageCount } = await this.#channels.run((channel, bounded) =>
        bounded(channel.deleteQueue(name, options)),
      );
      return messageCount;
    } catch (error) {
      if (replyCode(error) === 406)
        throw error instanceof Error && /in use/.test(error.message)
          ? queueInUse(name)
          : queueNotEmpty(name);
      throw refusal(error, `The broker refused to delete queue "${name}"`);
    }
  }

  async bind(binding: Binding): Promise<void> {
    const { source, destination, routingKey } = binding;
    const bindingArguments = encodeFieldTable(binding.arguments);
    await this.#binding(binding, "bind", async () => {
      await this.#channels.run((channel, bounded) =>
        bounded(
          binding.destinationType === "queue"
            ? channel.bindQueue(destination, source, routingKey, bindingArguments)
            : channel.bindExchange(destination, source, routingKey, bindingArguments),
        ),
      );
    });
  }

  async unbind(binding: Binding): Promise<void> {
    const { source, destination, routingKey } = binding;
    const bindingArguments = encodeFieldTable(binding.arguments);
    await this.#binding(binding, "unbind", async () => {
      await this.#channels.run((channel, bounded) =>
        bounded(
          binding.destinationType === "queue"
            ? channel.unbindQueue(destination, source, routingKey, bindingArguments)
            : channel.unbindExchange(destination, source, routingKey, bindingArguments),
        ),
      );
    });
  }

  async #binding(binding: Binding, verb: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (replyCode(error) === 404) throw missingEnd(binding, error);
      throw refusal(
        error,
        `The broker refused to ${verb} "${binding.destination}" and exchange "${binding.source}"`,
      );
    }
  }

  /** Passive declaration; where the user may not ask (RabbitMQ 4.3 wants `configure`), it is taken to exist. */
  async #exists(exchange: string): Promise<boolean> {
    try {
      await this.#channels.run((channel, bounded) => bounded(channel.checkExchange(exchange)));
      return true;
    } catch (error) {
      if (replyCode(error) === 404) return false;
      if (replyCode(error) === 403) return true;
      throw error;
    }
  }
}

function missingEnd(binding: Binding, error: unknown): CodedError {
  const text = error instanceof Error ? error.message : "";
  if (text.includes(`no queue '${binding.destination}'`)) return queueNotFound(binding.destination);
  if (text.includes(`no exchange '${binding.source}'`)) return exchangeNotFound(binding.source);
  return exchangeNotFound(binding.destination);
}
