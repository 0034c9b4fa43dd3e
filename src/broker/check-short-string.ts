import { CodedError } from "../errors.ts";
import { SHORT_STRING_BYTES } from "./limits.ts";

/** Nearly every short string: nothing about it can be wrong. */
const PLAIN = /^[\x20-\x7e]{0,255}$/;

/** Names, routing keys and most properties are AMQP short strings: at most 255 bytes of UTF-8. */
export function checkShortString(what: string, value: string | undefined): void {
  if (value === undefined || PLAIN.test(value)) return;
  const bytes = Buffer.byteLength(value);
  if (bytes > SHORT_STRING_BYTES)
    throw new CodedError(
      "BAD_USER_INPUT",
      `${what} ${quoted(value)} has ${bytes} bytes; AMQP allows ${SHORT_STRING_BYTES}`,
    );
  if (!value.isWellFormed())
    throw new CodedError("BAD_USER_INPUT", `${what} ${quoted(value)} holds half a character`);
  if (value.includes("\0"))
    throw new CodedError("BAD_USER_INPUT", `${what} ${quoted(value)} holds a NUL character`);
}

/** A name of an exchange or a queue: RabbitMQ would take line breaks out of it, unasked. */
export function checkName(what: string, name: string): void {
  if (PLAIN.test(name)) return;
  checkShortString(what, name);
  if (/[\r\n]/.test(name))
    throw new CodedError("BAD_USER_INPUT", `${what} ${quoted(name)} holds a line break`);
}

/** The value as it was given, cut where it is long. */
export function quoted(value: string): string {
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
}
