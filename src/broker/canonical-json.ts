/** Deeper than bodies are; what is deeper is read the long way. */
const MOST_DEPTH = 32;
/** Each key is compared with those before it in its object. */
const MOST_KEYS = 32;
/** A double tells integers of so many digits apart, and writes them digit by digit. */
const MOST_DIGITS = 15;
/** A number with fewer zeros behind its point is written without an exponent (ECMA-262, Number::toString). */
const MOST_DECIMALS = 6;

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const FIRST_PRINTABLE = 0x20;
const LAST_PRINTABLE = 0x7e;

const TRUE = Buffer.from("true");
const FALSE = Buffer.from("false");
const NULL = Buffer.from("null");

/** By byte: 1 for what a string has as it is. */
const STANDS_FOR_ITSELF = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= FIRST_PRINTABLE && byte <= LAST_PRINTABLE && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
);

/** What no value ends at. */
const NOWHERE = -1;

/**
 * Whether `bytes` are ASCII and JSON (RFC 8259) exactly as `JSON.stringify` writes what `JSON.parse` reads of
 * them, so that they can be passed on as they are. False also for what takes a closer look: escapes, other
 * alphabets, numbers that may be rounded, keys that may be put in another order, great depth.
 */
export function isCanonicalJson(bytes: Uint8Array): boolean {
  return bytes.length > 0 && endOfValue(bytes, 0, 0) === bytes.length;
}

/** Where the value that begins at `at` ends, or {@link NOWHERE}; so all of these. */
function endOfValue(bytes: Uint8Array, at: number, depth: number): number {
  switch (bytes[at]) {
    case QUOTE:
      return endOfString(bytes, at);
    case OPENING_BRACE:
      return depth < MOST_DEPTH ? endOfObject(bytes, at, depth) : NOWHERE;
    case OPENING_BRACKET:
      return depth < MOST_DEPTH ? endOfArray(bytes, at, depth) : NOWHERE;
    case TRUE[0]:
      return endOfWord(bytes, at, TRUE);
    case FALSE[0]:
      return endOfWord(bytes, at, FALSE);
    case NULL[0]:
      return endOfWord(bytes, at, NULL);
    default:
      return endOfNumber(bytes, at);
  }
}

function endOfString(bytes: Uint8Array, from: number): number {
  let at = from + 1;
  while (at < bytes.length && STANDS_FOR_ITSELF[bytes[at] ?? 0] === 1) at++;
  return bytes[at] === QUOTE ? at + 1 : NOWHERE;
}

function endOfWord(bytes: Uint8Array, from: number, word: Uint8Array): number {
  for (let place = 0; place < word.length; place++)
    if (bytes[from + place] !== word[place]) return NOWHERE;
  return from + word.length;
}

function endOfNumber(bytes: Uint8Array, from: number): number {
  const start = bytes[from] === MINUS ? from + 1 : from;
  const point = endOfDigits(bytes, start);
  const isZero = bytes[start] === ZERO;
  if (point === start || (isZero && point > start + 1)) return NOWHERE;
  if (bytes[point] !== POINT) {
    const isMinusZero = isZero && start > from;
    return point - start > MOST_DIGITS || isMinusZero ? NOWHERE : point;
  }
  const end = endOfDigits(bytes, point + 1);
  const decimals = end - point - 1;
  const digits = end - start - 1;
  const endsInZero = bytes[end - 1] === ZERO;
  if (decimals === 0 || decimals > MOST_DECIMALS || digits > MOST_DIGITS || endsInZero)
    return NOWHERE;
  return end;
}

function endOfDigits(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isDigit(bytes[at])) at++;
  return at;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

function endOfArray(bytes: Uint8Array, from: number, depth: number): number {
  let at = from + 1;
  if (bytes[at] === CLOSING_BRACKET) return at + 1;
  for (;;) {
    at = endOfValue(bytes, at, depth + 1);
    if (at === NOWHERE) return NOWHERE;
    if (bytes[at] === CLOSING_BRACKET) return at + 1;
    if (bytes[at] !== COMMA) return NOWHERE;
    at++;
  }
}

function endOfObject(bytes: Uint8Array, from: number, depth: number): number {
  let at = from + 1;
  if (bytes[at] === CLOSING_BRACE) return at + 1;
  const keys: number[] = [];
  for (;;) {
    const key = at;
    // Numbers come first among an object's keys, wherever they were written.
    if (bytes[key] !== QUOTE || isDigit(bytes[key + 1])) return NOWHERE;
    at = endOfString(bytes, key);
    if (at === NOWHERE || bytes[at] !== COLON) return NOWHERE;
    if (keys.length >= MOST_KEYS || isAmong(bytes, keys, key, at)) return NOWHERE;
    keys.push(key);
    at = endOfValue(bytes, at + 1, depth + 1);
    if (at === NOWHERE) return NOWHERE;
    if (bytes[at] === CLOSING_BRACE) return at + 1;
    if (bytes[at] !== COMMA) return NOWHERE;
    at++;
  }
}

/** Whether one of `keys`, told by where they begin, is the one from `start` to before `end`, quotes and all. */
function isAmong(bytes: Uint8Array, keys: readonly number[], start: number, end: number): boolean {
  for (const key of keys) {
    let place = 1;
    while (start + place < end && bytes[key + place] === bytes[start + place]) place++;
    if (start + place === end) return true;
  }
  return false;
}
