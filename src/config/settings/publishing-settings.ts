import { bytes, milliseconds, wholeNumber } from "../number-settings.ts";
import { KIB, MIB, GIB, SECOND, MINUTE } from "../sizes-and-times.ts";

export const PUBLISHING_SETTINGS = {
  maxMessageBytes: bytes({
    description: "Largest message body",
    default: MIB,
    min: KIB,
    max: 16 * MIB,
  }),
  maxHeaders: wholeNumber({
    description: "Headers of a message, nested ones included",
    default: 64,
    min: 1,
    max: 1000,
  }),
  maxHeadersBytes: bytes({
    description: "All headers of a message together, as AMQP encodes them",
    default: 32 * KIB,
    min: KIB,
    max: 60 * KIB,
  }),
  maxHeadersDepth: wholeNumber({
    description: "Levels of tables and arrays in headers",
    default: 4,
    min: 1,
    max: 16,
  }),
  confirmTimeoutMs: milliseconds({
    description:
      "How long the broker may take to confirm a message before its fate is CONFIRM_UNKNOWN",
    default: 15 * SECOND,
    min: SECOND,
    max: 10 * MINUTE,
  }),
  publishInFlightMessages: wholeNumber({
    description: "Messages on their way to one exchange, not yet confirmed",
    default: 1000,
    min: 1,
    max: 100_000,
  }),
  publishInFlightBytes: bytes({
    description: "Bytes on their way to one exchange, not yet confirmed",
    default: 16 * MIB,
    min: KIB,
    max: GIB,
  }),
  publishWaitMs: milliseconds({
    description: "How long a publish waits for room in flight before it fails with BUSY",
    default: SECOND,
    min: 0,
    max: MINUTE,
  }),
  publishRetryWindowMs: milliseconds({
    description:
      "How long a client's retry of a confirmed message with the same messageId is not published again",
    default: MINUTE,
    min: 0,
    max: 60 * MINUTE,
  }),
};
