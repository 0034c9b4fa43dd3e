import { createHmac, timingSafeEqual } from "node:crypto";
import { FINGERPRINT_BYTES } from "../broker/message-fingerprint.ts";
import type { StreamPoint } from "../broker/stream.ts";
import { CodedError } from "../errors.ts";

/** Of what is signed: which layout it has, the offset, the time in milliseconds, the fingerprint, then the stream's name. */
const VERSION = 1;
const OFFSET_AT = 1;
const TIME_AT = 9;
const FINGERPRINT_AT = 15;
const STREAM_AT = FINGERPRINT_AT + FINGERPRINT_BYTES;
const TIME_BYTES = FINGERPRINT_AT - TIME_AT;
/** Of HMAC-SHA-256; RFC 2104 section 5 allows half of the hash. */
const MAC_BYTES = 16;

/** Makes cursors, and tells its own from others. They are opaque to clients, and good for whoever has the same secret. */
export class CursorCodec {
  readonly #secret: string;

  constructor(secret: string) {
    this.#secret = secret;
  }

  /** Base64url (RFC 4648 section 5). */
  encode(stream: string, { offset, receivedAt, fingerprint }: StreamPoint): string {
    const name = Buffer.from(stream);
    const signed = Buffer.alloc(STREAM_AT + name.length);
    signed.writeUInt8(VERSION);
    signed.writeBigUInt64BE(BigInt(offset), OFFSET_AT);
    signed.writeUIntBE(receivedAt.getTime(), TIME_AT, TIME_BYTES);
    signed.write(fingerprint, FINGERPRINT_AT, "base64url");
    name.copy(signed, STREAM_AT);
    return Buffer.concat([signed, this.#mac(signed)]).toString("base64url");
  }

  /** Throws BAD_USER_INPUT where it is no cursor of this secret's, or one of another stream. */
  decode(stream: string, cursor: string): StreamPoint {
    const signed = this.#signedIn(cursor);
    if (!signed) throw notACursor(cursor);
    if (signed.toString("utf8", STREAM_AT) !== stream)
      throw new CodedError(
        "BAD_USER_INPUT",
        `from.cursor is not one of stream ${JSON.stringify(stream)} but of another; ` +
          "a stream is resumed with the cursor of one of its own messages",
      );
    return {
      offset: Number(signed.readBigUInt64BE(OFFSET_AT)),
      receivedAt: new Date(signed.readUIntBE(TIME_AT, TIME_BYTES)),
      fingerprint: signed.toString("base64url", FINGERPRINT_AT, STREAM_AT),
    };
  }

  #signedIn(cursor: string): Buffer | undefined {
    const bytes = Buffer.from(cursor, "base64url");
    if (bytes.length <= STREAM_AT + MAC_BYTES || bytes.toString("base64url") !== cursor)
      return undefined;
    const signed = bytes.subarray(0, -MAC_BYTES);
    const isOurs = timingSafeEqual(this.#mac(signed), bytes.subarray(-MAC_BYTES));
    return isOurs && signed[0] === VERSION ? signed : undefined;
  }

  #mac(signed: Buffer): Buffer {
    return createHmac("sha256", this.#secret).update(signed).digest().subarray(0, MAC_BYTES);
  }
}

function notACursor(cursor: string): CodedError {
  const shown = cursor.length > 20 ? `${cursor.slice(0, 20)}…` : cursor;
  return new CodedError(
    "BAD_USER_INPUT",
    `from.cursor ${JSON.stringify(shown)} is not a cursor of this gateway's; give one that a message of the stream had, ` +
      "unchanged. Where a gateway has no cursor secret of its own, its cursors end with it",
  );
}
