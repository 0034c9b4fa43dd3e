import type { Channel } from "amqplib";
import { CodedError } from "../../errors.ts";
import {
  exchangeInUse,
  exchangeMismatch,
  exchangeNotFound,
  invalidArgument,
  notSupported,
  queueInUse,
  queueLocked,
  queueMismatch,
  queueNotEmpty,
  queueNotFound,
  reservedName,
} from "../broker-errors.ts";
import type { Binding, ExchangeSpec, QueueCounts, QueueSpec, QueueType } from "../topology.ts";
import { fieldValueKey } from "../field-table-key.ts";
import { isReservedName } from "../reserved-name.ts";
import { amqplibTable } from "./amqplib-table.ts";
import { onSpareConnection } from "./on-spare-connection.ts";
import { mismatch, refusal, refusedArgument, replyCode } from "./reply-codes.ts";
import type { SerialChannels } from "./serial-channels.ts";
import type { SpareConnections } from "./spare-connections.ts";

/** Declarations, deletions and bindings, each refusal in the words of whoever asked. */
export class TopologyCommands {
  readonly #channels: SerialChannels<Channel>;
  readonly #spares: SpareConnections;
  readonly #typeOf: (queue: string) => Promise<QueueType | undefined>;

  /** `typeOf` finds out what AMQP does not tell: undefined where it cannot. */
  constructor(
    channels: SerialChannels<Channel>,
    spares: SpareConnections,
    typeOf: (queue: string) => Promise<QueueType | undefined>,
  ) {
    this.#channels = channels;
    this.#spares = spares;
    this.#typeOf = typeOf;
  }

  async declareExchange(spec: ExchangeSpec): Promise<void> {
    const { name, type, durable, autoDelete, internal } = spec;
    const options = { durable, autoDelete, internal, arguments: amqplibTable(spec.arguments) };
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

  async declareQueue(spec: QueueSpec): Promise<QueueCounts> {
    const { name, type, durable, autoDelete } = spec;
    const options = {
      durable,
      autoDelete,
      exclusive: false,
      arguments: { ...amqplibTable(spec.arguments), "x-queue-type": type },
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
      if (replyCode(error) === 405) throw queueLocked(name);
      const refused = refusedArgument(error);
      if (refused !== undefined)
        throw invalidArgument(
          refused,
          fieldValueKey(spec.arguments[refused] ?? null),
          `one that a ${type} queue takes, with a value that it takes`,
        );
      throw refusal(error, `The broker refused to declare queue "${name}"`);
    }
  }

  /** By passive declaration, which RabbitMQ 4.3 wants the permission `configure` for. */
  async countQueue(name: string): Promise<QueueCounts> {
    try {
      const counted = await this.#channels.run((channel, bounded) =>
        bounded(channel.checkQueue(name)),
      );
      return { messagesReady: counted.messageCount, consumers: counted.consumerCount };
    } catch (error) {
      if (replyCode(error) === 404) throw queueNotFound(name);
      if (replyCode(error) === 405) throw queueLocked(name);
      throw refusal(error, `The broker refused to look at queue "${name}"`);
    }
  }

  async deleteQueue(
    name: string,
    options: { ifUnused: boolean; ifEmpty: boolean },
  ): Promise<number> {
    const isConditional = options.ifUnused || options.ifEmpty;
    if (isConditional) await this.#mustKnowConditions(name);
    try {
      const { messageCount } = isConditional
        ? await onSpareConnection(this.#spares, "deleting a queue", (channel) =>
            channel.deleteQueue(name, options),
          )
        : await this.#channels.run((channel, bounded) => bounded(channel.deleteQueue(name)));
      return messageCount;
    } catch (error) {
      if (replyCode(error) === 405) throw queueLocked(name);
      if (replyCode(error) === 406)
        throw error instanceof Error && /in use/.test(error.message)
          ? queueInUse(name)
          : queueNotEmpty(name);
      if (replyCode(error) === 540) throw unconditional(name, "quorum");
      throw refusal(error, `The broker refused to delete queue "${name}"`);
    }
  }

  /** On a connection of its own: that of a stream is answered with the end of the connection. */
  async purgeQueue(name: string): Promise<number> {
    try {
      const { messageCount } = await onSpareConnection(this.#spares, "purging a queue", (channel) =>
        channel.purgeQueue(name),
      );
      return messageCount;
    } catch (error) {
      if (replyCode(error) === 404) throw queueNotFound(name);
      if (replyCode(error) === 405) throw queueLocked(name);
      if (replyCode(error) === 540)
        throw notSupported(
          `Purging queue ${JSON.stringify(name)}, a stream,`,
          "its messages go by age and size, or with it",
        );
      throw refusal(error, `The broker refused to purge queue "${name}"`);
    }
  }

  async bind(binding: Binding): Promise<void> {
    const { source, destination, routingKey } = binding;
    const bindingArguments = amqplibTable(binding.arguments);
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
    const bindingArguments = amqplibTable(binding.arguments);
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

  /** RabbitMQ deletes a stream whatever the condition, and ends the connection over that of a quorum queue. */
  async #mustKnowConditions(name: string): Promise<void> {
    const type = await this.#typeOf(name);
    if (type === "stream" || type === "quorum") throw unconditional(name, type);
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

function unconditional(name: string, type: QueueType): CodedError {
  return notSupported(
    `Deleting the ${type} queue ${JSON.stringify(name)} on a condition`,
    "leave out ifUnused and ifEmpty",
  );
}

function missingEnd(binding: Binding, error: unknown): CodedError {
  const text = error instanceof Error ? error.message : "";
  if (text.includes(`no queue '${binding.destination}'`)) return queueNotFound(binding.destination);
  if (text.includes(`no exchange '${binding.source}'`)) return exchangeNotFound(binding.source);
  return exchangeNotFound(binding.destination);
}
