import { CodedError } from "../../errors.ts";
import type { OutgoingMessage } from "../message.ts";
import type { RabbitMqOptions } from "./options.ts";
import { PublishBudget } from "./publish-budget.ts";
import { PublishLane } from "./publish-lane.ts";
import type { AmqpConnection } from "./wire/amqp-connection.ts";

/** Lanes kept open: each is a channel, and a connection has a bound of those. */
const LANES = 64;

/** Publishes on one connection, with a lane for each exchange. */
export class Publisher {
  readonly #connection: AmqpConnection;
  readonly #options: RabbitMqOptions;
  readonly #budget: PublishBudget;
  /** By exchange, the least recently used first. */
  readonly #lanes = new Map<string, PublishLane>();
  /** The last of them. */
  #latest: PublishLane | undefined;

  constructor(connection: AmqpConnection, options: RabbitMqOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#budget = new PublishBudget(options.publishInFlightBytes);
    void connection.ended.then(() => {
      for (const lane of this.#lanes.values()) lane.connectionLost();
    });
  }

  /** Resolves with whether a queue was there for it; throws BUSY where no more lanes can be opened. */
  publish(message: OutgoingMessage): Promise<{ routed: boolean }> {
    return this.#lane(message.exchange).publish(message);
  }

  /** The exchange is about to be deleted: see {@link PublishLane.doubt}. */
  doubt(exchange: string): void {
    this.#lanes.get(exchange)?.doubt();
  }

  #lane(exchange: string): PublishLane {
    if (this.#latest?.exchange === exchange) return this.#latest;
    const lane = this.#lanes.get(exchange) ?? this.#openLane(exchange);
    this.#lanes.delete(exchange);
    this.#lanes.set(exchange, lane);
    this.#latest = lane;
    return lane;
  }

  #openLane(exchange: string): PublishLane {
    if (this.#lanes.size >= LANES) this.#closeAnIdleLane();
    return new PublishLane(exchange, this.#connection, this.#options, this.#budget);
  }

  #closeAnIdleLane(): void {
    for (const [exchange, lane] of this.#lanes) {
      if (!lane.idle) continue;
      this.#lanes.delete(exchange);
      if (lane === this.#latest) this.#latest = undefined;
      void lane.close();
      return;
    }
    throw new CodedError(
      "BUSY",
      `Messages to ${LANES} exchanges are on their way; this one was not sent, try again later`,
    );
  }
}
