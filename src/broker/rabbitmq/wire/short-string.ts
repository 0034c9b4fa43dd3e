/** Above so many characters, one call of the platform's encoder is cheaper than a loop. */
const LOOP_UP_TO = 48;

/**
 * Writes a short string (AMQP 0-9-1 section 4.2.5.3) at `at`, where there must be room for 256 bytes,
 * and returns where it ends. Throws RangeError above 255 bytes.
 */
export function writeShortString(bytes: Buffer, at: number, text: string): number {
  const length = text.length;
  if (length > LOOP_UP_TO) return writeUtf8(bytes, at, text);
  for (let place = 0; place < length; place++) {
    const character = text.charCodeAt(place);
    if (character > 0x7f) return writeUtf8(bytes, at, text);
    bytes[at + 1 + place] = character;
  }
  bytes[at] = length;
  return at + 1 + length;
}

function writeUtf8(bytes: Buffer, at: number, text: string): number {
  const length = Buffer.byteLength(text);
  if (length > 255) throw new RangeError(`A short string of ${length} bytes; AMQP allows 255`);
  bytes[at] = length;
  return at + 1 + bytes.write(text, at + 1, length, "utf8");
}
