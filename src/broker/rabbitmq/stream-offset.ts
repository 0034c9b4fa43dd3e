import { invariant } from "../../errors.ts";
import { FieldTimestamp } from "../field-table.ts";
import type { StreamPosition } from "../stream.ts";

/**
 * A value of the consumer argument `x-stream-offset`. RabbitMQ ends the whole connection over others (541),
 * so nothing else is ever sent, and nothing that a client wrote.
 */
export type StreamOffset = Exclude<StreamPosition, "next"> | bigint | FieldTimestamp;

export function offsetOf(place: number): StreamOffset {
  invariant(Number.isSafeInteger(place) && place >= 0, `${place} is a place in a stream`);
  return BigInt(place);
}

/** AMQP's timestamps are whole seconds from 1970 on (0-9-1 section 4.2.5.4). */
export function offsetSince(time: Date): StreamOffset {
  return new FieldTimestamp(Math.max(0, Math.floor(time.getTime() / 1000)));
}
