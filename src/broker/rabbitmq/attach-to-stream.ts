import { CodedError } from "../../errors.ts";
import { noStream, queueNotFound } from "../broker-errors.ts";
import { fingerprint } from "../message-fingerprint.ts";
import type { StreamPoint, StreamStart } from "../stream.ts";
import type { AmqpConnection } from "./wire/amqp-connection.ts";
import { DeliveredMessage } from "./delivered-message.ts";
import { refusal, replyCode } from "./reply-codes.ts";
import { StreamConsumer, type StreamDelivery } from "./stream-consumer.ts";
import { offsetOf, offsetSince, type StreamOffset } from "./stream-offset.ts";

/** How far the replica that a consumer reads may be behind the one that it read before, in milliseconds. */
const REPLICA_LAG_MS = 1_000;

/** A consumer, and how its stream was found. */
export interface Attached {
  readonly consumer: StreamConsumer;
  /** The first to be handed on, where the consumer has been read beyond it. */
  readonly first?: StreamDelivery | undefined;
  /** Of the messages that are there already, the newest: reading is after it. */
  readonly passed?: StreamDelivery | undefined;
  /** The message to read after is not there any more. */
  readonly isGone?: boolean;
}

/**
 * A consumer of a stream whose deliveries begin where `start` says, but for "since", which begins with
 * the chunk that holds the time. Rejects with a {@link CodedError}, with nothing left behind.
 */
export async function attachToStream(
  connection: AmqpConnection,
  stream: string,
  start: StreamStart,
  prefetch: number,
): Promise<Attached> {
  const from = async (offset: StreamOffset) => ({
    consumer: await StreamConsumer.open(connection, stream, { offset, prefetch }),
  });
  try {
    if ("after" in start) return await after(connection, stream, start.after, prefetch);
    if ("since" in start) return await from(offsetSince(start.since));
    if (start.at === "first") return await from("first");
    const { consumer, newest } = await atTheEnd(connection, stream);
    return start.at === "last" ? { consumer, first: newest } : { consumer, passed: newest };
  } catch (error) {
    throw refused(stream, error);
  }
}

/** RabbitMQ's "last" is the last chunk, of one message or of thousands: it is read until there is no more. */
async function atTheEnd(
  connection: AmqpConnection,
  stream: string,
): Promise<{ consumer: StreamConsumer; newest: StreamDelivery | undefined }> {
  const consumer = await StreamConsumer.open(connection, stream, {
    offset: "last",
    keepsNewest: true,
  });
  try {
    let newest: StreamDelivery | undefined;
    for (let isDrained = false; !isDrained;) {
      isDrained = await consumer.isDrained();
      newest = consumer.passOver() ?? newest;
    }
    consumer.keepAll();
    return { consumer, newest };
  } catch (error) {
    await consumer.close();
    throw error;
  }
}

/**
 * Begins at the point itself, to see whether it is still the message that it was. RabbitMQ does not say
 * that an offset is out of range: before the first, it begins with that; beyond the end, it waits
 * until the stream has come so far. Where it is another message or none, the consumer begins with the
 * first of the stream: its offset tells a new stream from one that has nothing of the old left.
 */
async function after(
  connection: AmqpConnection,
  stream: string,
  point: StreamPoint,
  prefetch: number,
): Promise<Attached> {
  const offset = offsetOf(point.offset);
  const consumer = await StreamConsumer.open(connection, stream, { offset, prefetch });
  try {
    await consumer.isDrained();
    const found = await consumer.first(REPLICA_LAG_MS);
    if (found && found.offset > point.offset) return { consumer, isGone: true };
    if (found && fingerprint(new DeliveredMessage(found.raw, Date.now())) === point.fingerprint) {
      consumer.passOver(1);
      return { consumer };
    }
  } catch (error) {
    await consumer.close();
    throw error;
  }
  await consumer.close();
  const anew = await StreamConsumer.open(connection, stream, { offset: "first", prefetch });
  return { consumer: anew, isGone: true };
}

/** The offset of the oldest message that a stream keeps; past all where it keeps none. Rejects where it cannot be read. */
export async function firstKept(connection: AmqpConnection, stream: string): Promise<number> {
  const consumer = await StreamConsumer.open(connection, stream, { offset: "first", prefetch: 1 });
  try {
    await consumer.isDrained();
    const found = await consumer.first(REPLICA_LAG_MS);
    return found?.offset ?? Infinity;
  } finally {
    await consumer.close();
  }
}

/** RabbitMQ answers 404 where there is no queue, 406 where it is no stream or has no replica to read at the moment. */
function refused(stream: string, error: unknown): CodedError {
  const text = error instanceof Error ? error.message : "";
  const code = replyCode(error);
  if (code === 404 && text.includes("no queue")) return queueNotFound(stream);
  if (code === 406 && text.includes("invalid arg 'x-stream-offset'")) return noStream(stream);
  if (code === 404 || code === 406)
    return new CodedError(
      "BROKER_UNAVAILABLE",
      `The broker cannot read stream ${JSON.stringify(stream)} at the moment; try again`,
      { cause: error },
    );
  return refusal(error, `The broker refused to read stream ${JSON.stringify(stream)}`);
}
