import { bytes, milliseconds, wholeNumber } from "../number-settings.ts";
import { KIB, MIB, GIB, MINUTE, HOUR } from "../sizes-and-times.ts";

export const DEAD_LETTERS_AND_REQUESTS_SETTINGS = {
  peekMaxMessages: wholeNumber({
    description: "Messages that one peek may ask for",
    default: 100,
    min: 1,
    max: 10_000,
  }),
  peekMaxBytes: bytes({
    description: "Bytes of bodies after which a peek ends, however many messages were asked for",
    default: 16 * MIB,
    min: KIB,
    max: GIB,
  }),
  redriveMaxMessages: wholeNumber({
    description: "Messages that one redrive moves at most; calling it again goes on",
    default: 10_000,
    min: 1,
    max: 10_000_000,
  }),
  requestsInFlight: wholeNumber({
    description: "Requests that wait for their replies at once; past it they fail with BUSY",
    default: 20_000,
    min: 1,
    max: 1_000_000,
  }),
  requestMaxTimeoutMs: milliseconds({
    description: "How long a request may ask to wait for its reply",
    default: 5 * MINUTE,
    min: 100,
    max: 24 * HOUR,
  }),
};
