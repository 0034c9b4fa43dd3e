/** RFC 6455 section 5.2: a final, unmasked text frame. */
const FINAL_TEXT = 0x81;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/** Several `next` messages of the graphql-transport-ws protocol as bytes, but for the operation's id. */
export interface FrameTemplate {
  readonly bytes: Buffer;
  /** Where the id stands, once for each message. */
  readonly slots: readonly number[];
}

const BEFORE_ID = '{"id":"';
const AFTER_ID = '","type":"next","payload":';
const AFTER_PAYLOAD = "}";
const AROUND_BYTES = BEFORE_ID.length + AFTER_ID.length + AFTER_PAYLOAD.length;

/** The frames of `payloads` (JSON texts), each with room for an id of `idLength` bytes. */
export function frameTemplate(payloads: readonly string[], idLength: number): FrameTemplate {
  const lengths = payloads.map((payload) => Buffer.byteLength(payload) + idLength + AROUND_BYTES);
  const size = lengths.reduce((sum, length) => sum + headerBytes(length) + length, 0);
  const bytes = Buffer.allocUnsafe(size);
  const slots: number[] = [];
  let offset = 0;
  for (const [place, payload] of payloads.entries()) {
    offset = writeHeader(bytes, offset, lengths[place] ?? 0);
    offset += bytes.write(BEFORE_ID, offset, "latin1");
    slots.push(offset);
    offset += idLength;
    offset += bytes.write(AFTER_ID, offset, "latin1");
    offset += bytes.write(payload, offset);
    offset += bytes.write(AFTER_PAYLOAD, offset, "latin1");
  }
  return { bytes, slots };
}

/** Puts `id` into every slot. */
export function fillIn({ bytes, slots }: FrameTemplate, id: Uint8Array): void {
  for (const slot of slots) bytes.set(id, slot);
}

/** An operation's id as it stands between the quotes of JSON. */
export function idBytes(id: string): Buffer {
  return Buffer.from(JSON.stringify(id).slice(1, -1));
}

function headerBytes(length: number): number {
  if (length < LENGTH_16) return 2;
  return length < 0x1_0000 ? 4 : 10;
}

function writeHeader(bytes: Buffer, offset: number, length: number): number {
  bytes[offset] = FINAL_TEXT;
  if (length < LENGTH_16) {
    bytes[offset + 1] = length;
    return offset + 2;
  }
  if (length < 0x1_0000) {
    bytes[offset + 1] = LENGTH_16;
    return bytes.writeUInt16BE(length, offset + 2);
  }
  bytes[offset + 1] = LENGTH_64;
  return bytes.writeBigUInt64BE(BigInt(length), offset + 2);
}
