import { milliseconds, wholeNumber } from "../number-settings.ts";
import { MINUTE } from "../sizes-and-times.ts";

export const WORK_SETTINGS = {
  maxPrefetch: wholeNumber({
    description:
      "Largest prefetch of a subscription to deliveries; so many are settled at once, too",
    default: 1000,
    min: 1,
    max: 65_535,
  }),
  deliveryLeaseMs: milliseconds({
    description:
      "How long a client may hold a delivery; then it goes back to its queue. RabbitMQ itself waits 30 minutes",
    default: 5 * MINUTE,
    min: 100,
    max: 25 * MINUTE,
  }),
};
