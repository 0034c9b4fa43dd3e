import { connect } from "amqplib";

export interface DurableQueue {
  readonly exchange: string;
  readonly queue: string;
  readonly type?: "classic" | "quorum";
  /** Where what is refused goes (RabbitMQ, "Dead Letter Exchanges"). */
  readonly deadLetterExchange?: string;
}

/** Declares durable queues, each bound with every key to its durable topic exchange. */
export async function declareDurableQueues(
  amqpUrl: string,
  ...queues: readonly DurableQueue[]
): Promise<void> {
  const connection = await connect(amqpUrl);
  try {
    const channel = await connection.createChannel();
    for (const { exchange, queue, type = "classic", deadLetterExchange } of queues) {
      await channel.assertExchange(exchange, "topic", { durable: true });
      await channel.assertQueue(queue, {
        durable: true,
        arguments: { "x-queue-type": type },
        ...(deadLetterExchange !== undefined && { deadLetterExchange }),
      });
      await channel.bindQueue(queue, exchange, "#");
    }
  } finally {
    await connection.close();
  }
}
