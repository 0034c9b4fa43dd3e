import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** A frame as amqplib decodes it. Of a method `id` is the method, of a header its class; a body has none. */
export interface DecodedFrame {
  readonly channel: number;
  readonly id?: number;
  readonly fields?: Record<string, unknown>;
  readonly size?: number;
  readonly content?: Buffer;
}

const require = createRequire(import.meta.url);
const lib = (file: string): unknown =>
  require(join(dirname(require.resolve("amqplib")), "lib", `${file}.js`));

/** What amqplib keeps to itself: another's reading of AMQP 0-9-1, to hold our own against. */
export const { encodeMethod, encodeProperties } = lib("defs") as {
  encodeMethod: (method: number, channel: number, fields: object) => Buffer;
  encodeProperties: (classId: number, channel: number, bodySize: number, fields: object) => Buffer;
};

export const { encodeTable } = lib("codec") as {
  encodeTable: (into: Buffer, table: object, at: number) => number;
};

export const { makeBodyFrame, HEARTBEAT_BUF: HEARTBEAT_FRAME } = lib("frame") as {
  makeBodyFrame: (channel: number, payload: Buffer) => Buffer;
  HEARTBEAT_BUF: Buffer;
};

const { parseFrame, decodeFrame } = lib("frame") as {
  parseFrame: (bytes: Buffer, longest: number) => { rest: Buffer } | false;
  decodeFrame: (frame: object) => DecodedFrame;
};

/** All whole frames at the beginning, and what is left. */
export function decodeFrames(bytes: Buffer): { frames: DecodedFrame[]; rest: Buffer } {
  const frames: DecodedFrame[] = [];
  let rest = bytes;
  for (let found = parseFrame(rest, 0); found; found = parseFrame(rest, 0)) {
    frames.push(decodeFrame(found));
    rest = found.rest;
  }
  return { frames, rest };
}
