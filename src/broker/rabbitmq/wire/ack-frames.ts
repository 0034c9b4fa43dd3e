import {
  BASIC_ACK,
  BASIC_NACK,
  FRAME_END,
  FRAME_METHOD,
  FRAME_OVERHEAD,
} from "./amqp-constants.ts";
import type { FrameOutput } from "./frame-output.ts";

/** A method, a delivery tag and bits: `basic.ack` (AMQP 0-9-1 section 1.8.3.13) and RabbitMQ's `basic.nack`. */
const PAYLOAD_BYTES = 13;

const MULTIPLE = 1;
const REQUEUE = 2;

/** `multiple`: and every earlier one of the channel that is not settled. */
export function sendAck(
  output: FrameOutput,
  channel: number,
  tag: number,
  multiple: boolean,
): void {
  send(output, channel, BASIC_ACK, tag, multiple ? MULTIPLE : 0);
}

export function sendNack(
  output: FrameOutput,
  channel: number,
  tag: number,
  requeue: boolean,
): void {
  send(output, channel, BASIC_NACK, tag, requeue ? REQUEUE : 0);
}

function send(
  output: FrameOutput,
  channel: number,
  method: number,
  tag: number,
  bits: number,
): void {
  const bytes = output.room(PAYLOAD_BYTES + FRAME_OVERHEAD);
  let at = bytes.writeUInt8(FRAME_METHOD, output.at);
  at = bytes.writeUInt16BE(channel, at);
  at = bytes.writeUInt32BE(PAYLOAD_BYTES, at);
  at = bytes.writeUInt32BE(method, at);
  at = bytes.writeUInt32BE(Math.floor(tag / 0x1_0000_0000), at);
  at = bytes.writeUInt32BE(tag % 0x1_0000_0000, at);
  at = bytes.writeUInt8(bits, at);
  output.at = bytes.writeUInt8(FRAME_END, at);
  output.schedule();
}
