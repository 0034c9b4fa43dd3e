import { messagesOf } from "../wire/operations.ts";
import type { Row } from "./row.ts";

const SUBSCRIBERS = 1000;
const BODY_BYTES = 2048;
const PER_SECOND = 50;

/** What a reader that has stopped costs those who read: two gateways in turn, one with such a reader. */
export const neighbours: Row = {
  name: "neighbours",
  title: "1,000 subscribers, 50 messages/s of 2 KB, beside a reader that has stopped",
  targets: ["rabbitql", "rabbitql-beside-stopped"],
  reference: "rabbitql",
  metrics: [
    { key: "p50Ms", title: "p50 ms", better: "less" },
    { key: "p99Ms", title: "p99 ms", better: "less" },
    { key: "deliveries", title: "deliveries" },
  ],
  goals: [{ of: "rabbitql-beside-stopped", against: "rabbitql", metric: "p99Ms", atMost: 1.2 }],
  short: true,
  async measure({ load, target, broker, exchange, warmUpMs, measureMs, most }) {
    return {
      ...(await load.run("neighbours", {
        address: target.address,
        amqpUrl: broker.amqpUrl,
        exchange,
        requests: [messagesOf(exchange)],
        subscribers: Math.min(SUBSCRIBERS, most),
        bodyBytes: BODY_BYTES,
        perSecond: PER_SECOND,
        besideStopped: target.name === "rabbitql-beside-stopped",
        warmUpMs,
        measureMs,
      })),
    };
  },
};
