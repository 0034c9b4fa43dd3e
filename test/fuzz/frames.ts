import type { Random } from "../harness/random.ts";

/** RFC 6455 section 5.2. */
export interface Frame {
  readonly isLast: boolean;
  /** RSV1 to RSV3, which need an extension that nobody has agreed on. */
  readonly reserved: number;
  readonly opcode: number;
  readonly isMasked: boolean;
  readonly payload: Buffer;
  /** What the header says instead of the payload's own length. */
  readonly lengthTold?: number;
}

export const OPCODES = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const;

export function textFrame(payload: Buffer): Frame {
  return { isLast: true, reserved: 0, opcode: OPCODES.text, isMasked: true, payload };
}

/** A frame's bytes, with a random mask. */
export function bytesOf(frame: Frame, random: Random): Buffer {
  const { isLast, reserved, opcode, isMasked, payload } = frame;
  const told = frame.lengthTold ?? payload.length;
  const first = (isLast ? 0x80 : 0) | (reserved << 4) | opcode;
  const maskBit = isMasked ? 0x80 : 0;
  const header = [first, ...lengthBytes(told, maskBit)];
  if (!isMasked) return Buffer.concat([Buffer.from(header), payload]);
  const mask = Buffer.from([0, 1, 2, 3].map(() => random.between(0, 255)));
  const masked = payload.map((byte, place) => byte ^ mask.readUInt8(place % 4));
  return Buffer.concat([Buffer.from(header), mask, masked]);
}

function lengthBytes(length: number, maskBit: number): number[] {
  if (length < 126) return [maskBit | length];
  if (length < 65_536) return [maskBit | 126, length >> 8, length & 0xff];
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(length));
  return [maskBit | 127, ...bytes];
}

const MUTATIONS: readonly ((frame: Frame, random: Random) => readonly Frame[])[] = [
  (frame) => [{ ...frame, isMasked: false }],
  (frame, random) => [{ ...frame, reserved: random.between(1, 7) }],
  (frame, random) => [{ ...frame, opcode: random.between(0, 15) }],
  (frame) => [{ ...frame, isLast: false }],
  (frame, random) => [
    { ...frame, lengthTold: random.pick([0, 1, 125, 126, 65_535, 65_536, 2 ** 40]) },
  ],
  (frame, random) => [
    { ...frame, payload: frame.payload.subarray(0, random.between(0, frame.payload.length)) },
  ],
  (frame, random) => [{ ...frame, payload: flipped(frame.payload, random) }],
  (frame) => [frame, frame],
  (frame, random) => [control(random), frame],
  (frame, random) => fragments(frame, random),
  (frame, random) => {
    const [first, ...others] = fragments(frame, random);
    return first ? [first, control(random), ...others] : [];
  },
];

/** What is sent instead of a frame. */
export function mutatedFrame(frame: Frame, random: Random): readonly Frame[] {
  return random.pick(MUTATIONS)(frame, random);
}

/** Ping, Pong and Close, some of them with more than they may have (RFC 6455 section 5.5). */
function control(random: Random): Frame {
  const opcode = random.pick([OPCODES.close, OPCODES.ping, OPCODES.ping, OPCODES.pong]);
  const payload = Buffer.alloc(random.pick([0, 1, 2, 10, 125, 126, 300]), random.between(0, 255));
  return { isLast: random.chance(0.9), reserved: 0, opcode, isMasked: true, payload };
}

function fragments(frame: Frame, random: Random): Frame[] {
  const at = random.between(0, frame.payload.length);
  return [
    { ...frame, isLast: false, payload: frame.payload.subarray(0, at) },
    { ...frame, opcode: OPCODES.continuation, payload: frame.payload.subarray(at) },
  ];
}

function flipped(payload: Buffer, random: Random): Buffer {
  const copy = Buffer.from(payload);
  for (let left = random.between(1, 4); left > 0 && copy.length > 0; left--)
    copy[random.between(0, copy.length - 1)] = random.between(0, 255);
  return copy;
}
