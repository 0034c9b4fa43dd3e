/** RFC 6455 section 5.2: a final, unmasked text frame. */
const FINAL_TEXT = 0x81;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/** Several `next` messages of the graphql-transport-ws protocol as bytes, but for the operation's id. */
export interface FrameTemplate {
  readonly bytes: Buffer;
  /** Of the same memory. */
  readonly view: DataView;
  /** Where the id stands, once for each message. */
  readonly slots: readonly number[];
}

/** Bytes of which so few share memory. */
const SMALL = 1024;

const BEFORE_ID = '{"id":"';
const AFTER_ID = '","type":"next","payload":';
const AFTER_PAYLOAD = "}";
const AROUND_BYTES = BEFORE_ID.length + AFTER_ID.length + AFTER_PAYLOAD.length;

/** The frames of `payloads` (JSON texts), each with room for an id of `idLength` bytes. */
export function frameTemplate(payloads: readonly string[], idLength: number): FrameTemplate {
  const sizes = payloads.map((payload) => Buffer.byteLength(payload));
  const around = idLength + AROUND_BYTES;
  const bytes = memoryFor(
    sizes.reduce((sum, size) => sum + headerBytes(around + size) + around + size, 0),
  );
  const room = " ".repeat(idLength);
  const slots: number[] = [];
  let offset = 0;
  for (const [place, payload] of payloads.entries()) {
    const size = sizes[place] ?? 0;
    const header = headerOf(around + size);
    slots.push(offset + header.length + BEFORE_ID.length);
    const before = header + BEFORE_ID + room + AFTER_ID;
    if (size === payload.length) {
      // ASCII: as many bytes as characters, which a single copy puts there.
      offset += bytes.write(before + payload + AFTER_PAYLOAD, offset, "latin1");
    } else {
      offset += bytes.write(before, offset, "latin1");
      offset += bytes.write(payload, offset);
      offset += bytes.write(AFTER_PAYLOAD, offset, "latin1");
    }
  }
  return templateOf(bytes, slots);
}

/** The same frames in memory of their own. */
export function copyOf({ bytes, slots }: FrameTemplate): FrameTemplate {
  const copy = memoryFor(bytes.length);
  copy.set(bytes);
  return templateOf(copy, slots);
}

/** Puts `text`, of the length that the template was made for, into every slot. */
export function fillIn({ bytes, slots }: FrameTemplate, text: Buffer): void {
  for (const slot of slots) bytes.set(text, slot);
}

/** An operation's id as it stands between the quotes of JSON. */
export function idText(id: string): Buffer {
  return Buffer.from(JSON.stringify(id).slice(1, -1));
}

/** `bytes` as a template with these slots. */
export function templateOf(bytes: Buffer, slots: readonly number[]): FrameTemplate {
  const { buffer, byteOffset, length } = bytes;
  return { bytes, view: new DataView(buffer, byteOffset, length), slots };
}

/** What may wait in a socket does not share the memory of small buffers, all of which it would keep. */
function memoryFor(size: number): Buffer {
  return size < SMALL ? Buffer.allocUnsafe(size) : Buffer.allocUnsafeSlow(size);
}

function headerBytes(length: number): number {
  if (length < LENGTH_16) return 2;
  return length < 0x1_0000 ? 4 : 10;
}

/** A character for each byte. */
function headerOf(length: number): string {
  if (length < LENGTH_16) return String.fromCharCode(FINAL_TEXT, length);
  if (length < 0x1_0000)
    return String.fromCharCode(FINAL_TEXT, LENGTH_16, length >> 8, length & 0xff);
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(length));
  return String.fromCharCode(FINAL_TEXT, LENGTH_64) + bytes.toString("latin1");
}
