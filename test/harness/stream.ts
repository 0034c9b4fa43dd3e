import { randomUUID } from "node:crypto";
import { connect, type Channel, type ConfirmChannel } from "amqplib";

/** A stream as its publishers have it, over a connection of their own. */
export interface TestStream {
  readonly name: string;
  /** Publishes a message for each text, in their order; resolves when all are confirmed. */
  publish(texts: readonly string[], properties?: object): Promise<void>;
  /** Deletes it, and makes it anew. */
  replace(): Promise<void>;
  remove(): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

export async function openTestStream(
  amqpUrl: string,
  {
    name = `stream-${randomUUID()}`,
    ...streamArguments
  }: Record<string, unknown> & { name?: string } = {},
): Promise<TestStream> {
  const connection = await connect(amqpUrl);
  connection.on("error", () => {});
  const channel: ConfirmChannel = await connection.createConfirmChannel();
  await declare(channel, name, streamArguments);
  let closed: Promise<void> | undefined;
  return {
    name,
    async publish(texts, properties = {}) {
      for (const text of texts)
        channel.sendToQueue(name, Buffer.from(text), {
          messageId: randomUUID(),
          contentType: "text/plain",
          timestamp: Math.floor(Date.now() / 1000),
          ...properties,
        });
      await channel.waitForConfirms();
    },
    async replace() {
      await channel.deleteQueue(name);
      await declare(channel, name, streamArguments);
    },
    async remove() {
      await channel.deleteQueue(name);
    },
    close: () => (closed ??= connection.close().catch(() => {})),
  };
}

async function declare(channel: Channel, name: string, more: object): Promise<void> {
  await channel.assertQueue(name, {
    durable: true,
    arguments: { "x-queue-type": "stream", ...more },
  });
}

export function numbered(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, place) => String(from + place));
}
