import { connect, type Channel } from "amqplib";

/**
 * The message ids in `queue`, in its order, taken from it; "" for a message that has none. Nobody else may consume from
 * it or publish to it meanwhile. Rejects where the connection ends before the queue is empty.
 */
export async function drainQueue(amqpUrl: string, queue: string): Promise<string[]> {
  const connection = await connect(amqpUrl);
  // The channel's end says it too.
  connection.on("error", () => {});
  try {
    const channel = await connection.createChannel();
    const ids: string[] = [];
    for (;;) {
      const { messageCount } = await channel.checkQueue(queue);
      if (messageCount === 0) return ids;
      for (const id of await take(channel, queue, messageCount)) ids.push(id);
    }
  } finally {
    await connection.close();
  }
}

/** The next `count` messages; without acknowledgements they are gone once they are sent. */
async function take(channel: Channel, queue: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  let consumerTag = "";
  await new Promise<void>((resolve, reject) => {
    channel.once("close", () => reject(new Error(`The channel closed while "${queue}" was read`)));
    channel
      .consume(
        queue,
        (message) => {
          if (message === null) return;
          ids.push((message.properties.messageId as string | undefined) ?? "");
          if (ids.length === count) resolve();
        },
        { noAck: true },
      )
      .then((consumer) => (consumerTag = consumer.consumerTag), reject);
  });
  await channel.cancel(consumerTag);
  return ids;
}
