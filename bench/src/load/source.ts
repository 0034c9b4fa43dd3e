import { connect, type Channel, type ChannelModel } from "amqplib";

/** One AMQP connection that publishes transient messages to one topic exchange, without confirms. */
export class Source {
  readonly #connection: ChannelModel;
  readonly #channel: Channel;
  readonly #exchange: string;

  private constructor(connection: ChannelModel, channel: Channel, exchange: string) {
    this.#connection = connection;
    this.#channel = channel;
    this.#exchange = exchange;
  }

  /** Declares the exchange, where it is not there yet. */
  static async open(amqpUrl: string, exchange: string): Promise<Source> {
    const connection = await connect(amqpUrl, { noDelay: true });
    const channel = await connection.createChannel();
    await channel.assertExchange(exchange, "topic", { durable: false });
    return new Source(connection, channel, exchange);
  }

  publish(routingKey: string, body: Buffer): void {
    this.#channel.publish(this.#exchange, routingKey, body, { contentType: "application/json" });
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}
