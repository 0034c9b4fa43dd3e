import type { FieldTable } from "../../field-table.ts";
import {
  FRAME_END,
  FRAME_HEAD_BYTES,
  FRAME_HEARTBEAT,
  FRAME_METHOD,
  FRAME_OVERHEAD,
} from "./amqp-constants.ts";
import { FieldTableWriter } from "./field-table-writer.ts";
import type { FrameOutput } from "./frame-output.ts";
import { writeShortString } from "./short-string.ts";

/**
 * Sends one method with its fields (AMQP 0-9-1 section 4.2.4). For all that is seldom said; publishes
 * have a way of their own.
 */
export function sendMethod(
  output: FrameOutput,
  channel: number,
  method: number,
  ...fields: readonly Uint8Array[]
): void {
  const size = fields.reduce((sum, field) => sum + field.length, 4);
  const bytes = output.room(size + FRAME_OVERHEAD);
  let at = bytes.writeUInt8(FRAME_METHOD, output.at);
  at = bytes.writeUInt16BE(channel, at);
  at = bytes.writeUInt32BE(size, at);
  at = bytes.writeUInt32BE(method, at);
  for (const field of fields) {
    bytes.set(field, at);
    at += field.length;
  }
  output.at = bytes.writeUInt8(FRAME_END, at);
  output.schedule();
}

/** Section 4.2.3: a frame of its own type, empty, on channel 0. */
export function sendHeartbeat(output: FrameOutput): void {
  const bytes = output.room(FRAME_OVERHEAD);
  bytes.fill(0, output.at, output.at + FRAME_OVERHEAD);
  bytes[output.at] = FRAME_HEARTBEAT;
  bytes[output.at + FRAME_HEAD_BYTES] = FRAME_END;
  output.at += FRAME_OVERHEAD;
  output.schedule();
}

export function octet(value: number): Buffer {
  return Buffer.of(value);
}

/** Up to eight of them in an octet, the first the lowest (section 4.2.5.2). */
export function bits(...values: readonly boolean[]): Buffer {
  return octet(values.reduce((sum, value, place) => sum | (value ? 1 << place : 0), 0));
}

export function short(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function long(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Throws RangeError above 255 bytes. */
export function shortString(text: string): Buffer {
  const bytes = Buffer.allocUnsafe(256);
  return bytes.subarray(0, writeShortString(bytes, 0, text));
}

export function longString(text: string): Buffer {
  const content = Buffer.from(text, "utf8");
  return Buffer.concat([long(content.length), content]);
}

export function table(fields: FieldTable): Uint8Array {
  return new FieldTableWriter().encode(fields);
}
