import { bytes, milliseconds, wholeNumber } from "../number-settings.ts";
import { KIB, MIB, GIB, SECOND, MINUTE, HOUR } from "../sizes-and-times.ts";

export const SUBSCRIBING_SETTINGS = {
  maxRoutingPatterns: wholeNumber({
    description: "Routing patterns in one subscription, each a binding",
    default: 100,
    min: 1,
    max: 1000,
  }),
  tapPrefetch: wholeNumber({
    description: "Unacknowledged messages that the broker sends to a subscription queue's consumer",
    default: 250,
    min: 1,
    max: 65_535,
  }),
  tapMaxLength: wholeNumber({
    description: "Messages that a subscription queue holds; past it the oldest are dropped",
    default: 10_000,
    min: 1,
    max: 10_000_000,
  }),
  tapMaxLengthBytes: bytes({
    description: "Bytes that a subscription queue holds; past it the oldest messages are dropped",
    default: 64 * MIB,
    min: KIB,
    max: 16 * GIB,
  }),
  tapExpiresMs: milliseconds({
    description: "After how long the broker deletes a subscription queue without a consumer",
    default: MINUTE,
    min: SECOND,
    max: 24 * HOUR,
  }),
  bindingProbeMs: milliseconds({
    description:
      "How often the bindings of subscription queues are made sure of; nobody tells when one is deleted",
    default: 30 * SECOND,
    min: 100,
    max: HOUR,
  }),
  subscriberMaxMessages: wholeNumber({
    description:
      "Messages waiting for one slow subscriber; past it the oldest are dropped, and it is told",
    default: 1000,
    min: 1,
    max: 1_000_000,
  }),
  subscriberMaxBytes: bytes({
    description:
      "Bytes waiting for one slow subscriber; past it the oldest messages are dropped, and it is told",
    default: MIB,
    min: KIB,
    max: GIB,
  }),
};
