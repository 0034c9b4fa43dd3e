/** The routing key of every message but those of rows about patterns. */
export const ROUTING_KEY = "bench.message";

/** Marks that set-up is told by: a subscriber that has seen one is live, and one that has seen the other counts. */
export const LIVE_MARK = '"mark":"live"';
export const START_MARK = '"mark":"start"';

const DIGITS = 9;
const NUMBER = /"n":"(\d{9})"/;

/** A JSON object of exactly `bytes` bytes, with a number of fixed width in it. */
export function benchBody(bytes: number, number: number): Buffer {
  return padded(`{"n":"${String(number).padStart(DIGITS, "0")}"`, bytes);
}

/** A JSON object of exactly `bytes` bytes that holds `mark`. */
export function markBody(bytes: number, mark: string): Buffer {
  return padded(`{${mark}`, bytes);
}

/** The number of the message whose body is in `text`; undefined where there is none. */
export function numberIn(text: string): number | undefined {
  const digits = NUMBER.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function padded(start: string, bytes: number): Buffer {
  const end = '"}';
  const middle = ',"pad":"';
  const room = bytes - start.length - middle.length - end.length;
  if (room < 0) throw new RangeError(`a body of ${bytes} bytes has no room for what it must hold`);
  return Buffer.from(start + middle + "x".repeat(room) + end);
}
