import { CodedError } from "../../errors.ts";
import { brokerBlocked } from "../broker-errors.ts";
import type { OutgoingMessage } from "../message.ts";
import type { RabbitMqOptions } from "./options.ts";
import { Publisher } from "./publisher.ts";
import { nodeOfReplyAddress } from "./reply-address.ts";
import { refusal, replyCode } from "./reply-codes.ts";
import type { AmqpConnection } from "./wire/amqp-connection.ts";

/** Nodes of the cluster that replies are on their way to at once. */
const NODES = 8;

interface Way {
  readonly connection: AmqpConnection;
  readonly publisher: Publisher;
}

/**
 * Replies, over a connection for each node of the cluster that somebody waits on: RabbitMQ closes the
 * connection of a reply to a node that it does not know, so that only replies that nobody waits for are lost with it.
 */
export class ReplyPublishers {
  readonly #dial: (signal: AbortSignal) => Promise<AmqpConnection>;
  readonly #options: RabbitMqOptions;
  readonly #closing = new AbortController();
  /** By node, the least recently used first. */
  readonly #ways = new Map<string, Promise<Way>>();

  constructor(dial: (signal: AbortSignal) => Promise<AmqpConnection>, options: RabbitMqOptions) {
    this.#dial = dial;
    this.#options = options;
  }

  /** As {@link BrokerAdapter.publish}; BAD_USER_INPUT where the routing key is no address. */
  async publish(message: OutgoingMessage): Promise<{ routed: boolean }> {
    const node = nodeOfReplyAddress(message.routingKey);
    if (node === undefined)
      throw new CodedError(
        "BAD_USER_INPUT",
        `The routing key ${JSON.stringify(message.routingKey)} is no address for replies; use a message's properties.replyTo as it is`,
      );
    const { connection, publisher } = await this.#way(node);
    if (connection.blocked !== undefined) throw brokerBlocked();
    try {
      return await publisher.publish(message);
    } catch (error) {
      const ended = await Promise.race([connection.ended, Promise.resolve(undefined)]);
      throw replyCode(ended) === INTERNAL_ERROR ? nobodyWaits() : error;
    }
  }

  /** Never rejects. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#ways.values()].map(closed));
  }

  #way(node: string): Promise<Way> {
    const known = this.#ways.get(node);
    this.#ways.delete(node);
    const way = known ?? this.#begin(node);
    this.#ways.set(node, way);
    return way;
  }

  #begin(node: string): Promise<Way> {
    const [oldest] = this.#ways;
    if (oldest && this.#ways.size >= NODES) {
      this.#ways.delete(oldest[0]);
      void closed(oldest[1]);
    }
    // There may be another way to that node by the time that this one ends.
    const way = this.#open(() => {
      if (this.#ways.get(node) === way) this.#ways.delete(node);
    });
    return way;
  }

  async #open(onOver: () => void): Promise<Way> {
    try {
      const connection = await this.#dial(this.#closing.signal);
      void connection.ended.then(onOver);
      return { connection, publisher: new Publisher(connection, this.#options) };
    } catch (error) {
      onOver();
      throw refusal(error, "The broker refused another connection");
    }
  }
}

/** AMQP 0-9-1 section 1.2: what RabbitMQ says when an address leads to no node. */
const INTERNAL_ERROR = 541;

function nobodyWaits(): CodedError {
  return new CodedError("NOT_FOUND", "Nobody waits for a reply at this address any more");
}

async function closed(way: Promise<Way>): Promise<void> {
  try {
    await (await way).connection.close();
  } catch {
    // It was never opened.
  }
}
