import { fieldTable } from "../field-table.ts";
import type { Consuming } from "./consuming.ts";
import type { RabbitMqOptions } from "./options.ts";
import { replyCode } from "./reply-codes.ts";

/**
 * Declares a queue for a tap. What it drops goes to the canary, where the user may do so: it takes
 * `write` on the default exchange and `read` on the queue (RabbitMQ, "Dead Letter Exchanges").
 */
export async function declareTapQueue(
  queue: string,
  { declarations, canary, deadLetters }: Consuming,
  options: RabbitMqOptions,
): Promise<void> {
  const declare = (more: Record<string, string>) =>
    declarations.run((channel, bounded) =>
      bounded(channel.declareQueue(queue, tapQueueOptions(options, more))),
    );
  if (deadLetters.areRefused) {
    await declare({});
    return;
  }
  try {
    await declare({
      "x-dead-letter-exchange": "",
      "x-dead-letter-routing-key": canary.queue,
    });
  } catch (error) {
    if (replyCode(error) !== 403) throw error;
    await declare({});
    deadLetters.refused(error);
  }
}

function tapQueueOptions(options: RabbitMqOptions, more: Record<string, string>) {
  return {
    exclusive: true,
    autoDelete: true,
    durable: false,
    arguments: fieldTable({
      "x-queue-type": "classic",
      "x-max-length": options.tapMaxLength,
      "x-max-length-bytes": options.tapMaxLengthBytes,
      "x-overflow": "drop-head",
      "x-expires": options.tapExpiresMs,
      ...more,
    }),
  };
}
