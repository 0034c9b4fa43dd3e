import type { OutgoingMessage } from "../../message.ts";
import {
  BASIC_CLASS,
  BASIC_PUBLISH,
  FRAME_BODY,
  FRAME_END,
  FRAME_HEAD_BYTES,
  FRAME_HEADER,
  FRAME_METHOD,
  FRAME_OVERHEAD,
} from "./amqp-constants.ts";
import { MOST_PROPERTY_BYTES, writeProperties } from "./content-header.ts";
import type { FieldTableWriter } from "./field-table-writer.ts";
import type { FrameOutput } from "./frame-output.ts";
import { writeShortString } from "./short-string.ts";

/** A body up to this size is copied next to its frames; a longer one is sent from where it lies. */
const COPIED_BODY_BYTES = 8 * 1024;

/** `basic.publish` with two short strings, and a header's fixed fields with all properties. */
const MOST_FIXED_BYTES = 2 * FRAME_OVERHEAD + 7 + 2 * 256 + 12 + MOST_PROPERTY_BYTES;

/** The second bit of `basic.publish` (AMQP 0-9-1 section 1.8.3.7): the broker says what it could not route. */
const MANDATORY = 1;

export interface PublishTarget {
  readonly output: FrameOutput;
  readonly channel: number;
  /** The longest frame that was agreed, in bytes. */
  readonly frameMax: number;
  readonly tables: FieldTableWriter;
}

/**
 * Encodes a message: its method, its header and its body (AMQP 0-9-1 section 4.2.6), always mandatory.
 * Throws RangeError, with nothing sent, where a short string or the header is longer than AMQP takes.
 */
export function writePublish(target: PublishTarget, message: OutgoingMessage): void {
  const { output, channel, frameMax } = target;
  const { body, properties } = message;
  const headers =
    Object.keys(message.headers).length === 0 ? undefined : target.tables.encode(message.headers);
  const isCopied = body.length <= COPIED_BODY_BYTES && body.length + FRAME_OVERHEAD <= frameMax;
  const bytes = output.room(
    MOST_FIXED_BYTES + (headers?.length ?? 0) + (isCopied ? body.length + FRAME_OVERHEAD : 0),
  );
  let at = output.at + FRAME_HEAD_BYTES;
  at = putLong(bytes, at, BASIC_PUBLISH);
  // The ticket, which RabbitMQ has no use for.
  bytes[at++] = 0;
  bytes[at++] = 0;
  at = writeShortString(bytes, at, message.exchange);
  at = writeShortString(bytes, at, message.routingKey);
  bytes[at++] = MANDATORY;
  at = endFrame(bytes, output.at, at, FRAME_METHOD, channel);

  const header = at;
  at = putLong(bytes, at + FRAME_HEAD_BYTES, BASIC_CLASS << 16);
  at = putLong(bytes, putLong(bytes, at, 0), body.length);
  at = writeProperties(bytes, at, properties, headers);
  if (at - header + 1 > frameMax)
    throw new RangeError(`Properties and headers of ${at - header} bytes exceed ${frameMax}`);
  at = endFrame(bytes, header, at, FRAME_HEADER, channel);

  if (isCopied && body.length > 0) {
    bytes.set(body, at + FRAME_HEAD_BYTES);
    at = endFrame(bytes, at, at + FRAME_HEAD_BYTES + body.length, FRAME_BODY, channel);
  }
  output.at = at;
  if (!isCopied) sendBody(target, body);
  output.schedule();
}

/** A long body, without a copy, in as many frames as it needs. */
function sendBody({ output, channel, frameMax }: PublishTarget, body: Uint8Array): void {
  const most = frameMax - FRAME_OVERHEAD;
  for (let start = 0; start < body.length; start += most) {
    const part = body.subarray(start, start + most);
    const head = output.room(FRAME_HEAD_BYTES);
    putHead(head, output.at, FRAME_BODY, channel, part.length);
    output.at += FRAME_HEAD_BYTES;
    output.append(part);
    output.room(1)[output.at] = FRAME_END;
    output.at += 1;
  }
}

/** Closes the frame that began at `start` and whose payload ends before `at`. */
function endFrame(bytes: Buffer, start: number, at: number, type: number, channel: number): number {
  putHead(bytes, start, type, channel, at - start - FRAME_HEAD_BYTES);
  bytes[at] = FRAME_END;
  return at + 1;
}

function putHead(bytes: Buffer, at: number, type: number, channel: number, size: number): void {
  bytes[at] = type;
  bytes[at + 1] = channel >>> 8;
  bytes[at + 2] = channel & 0xff;
  putLong(bytes, at + 3, size);
}

function putLong(bytes: Buffer, at: number, value: number): number {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
  return at + 4;
}
