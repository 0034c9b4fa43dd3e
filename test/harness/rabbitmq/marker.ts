import { randomUUID } from "node:crypto";
import { connect } from "amqplib";

/** Begins the name of every connection and queue that {@link openMarker} makes. */
export const MARKER = "rabbitql-test-marker-";

/** A connection with one channel and one consumer, by which to tell how far the management API has come. */
export interface Marker {
  /** The name that the client gave its connection. */
  readonly connectionName: string;
  close(): Promise<void>;
}

export async function openMarker(amqpUrl: string): Promise<Marker> {
  const connectionName = `${MARKER}${randomUUID()}`;
  const connection = await connect(amqpUrl, {
    clientProperties: { connection_name: connectionName },
  });
  const channel = await connection.createChannel();
  await channel.assertQueue(connectionName, { exclusive: true, durable: false });
  await channel.consume(connectionName, () => undefined);
  return { connectionName, close: () => connection.close() };
}
