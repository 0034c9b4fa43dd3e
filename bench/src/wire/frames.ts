import { OPCODE } from "./frame-reader.ts";

const FINAL = 0x80;
const MASKED = 0x80;

/** A final, unmasked frame, as servers send them (RFC 6455 section 5.1). */
export function serverFrame(payload: Buffer, opcode: number = OPCODE.text): Buffer {
  return Buffer.concat([frameHeader(payload.length, opcode, 0), payload]);
}

/** A final frame as clients send them. Masked with zeros, which costs nothing and is a mask all the same. */
export function clientFrame(payload: string | Buffer, opcode: number = OPCODE.text): Buffer {
  const bytes = Buffer.from(payload);
  return Buffer.concat([frameHeader(bytes.length, opcode, MASKED), Buffer.alloc(4), bytes]);
}

function frameHeader(length: number, opcode: number, masked: number): Buffer {
  const first = FINAL | opcode;
  if (length < 126) return Buffer.of(first, masked | length);
  if (length < 0x1_0000) return Buffer.of(first, masked | 126, length >> 8, length & 0xff);
  const header = Buffer.alloc(10);
  header[0] = first;
  header[1] = masked | 127;
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}
