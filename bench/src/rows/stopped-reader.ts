import { messagesOf } from "../wire/operations.ts";
import type { Row } from "./row.ts";

/** A bound of 32 MiB, and a tenth: the default of 1 MiB is less than what a process's memory wavers by. */
const BOUND_MIB = 35.2;

/** What one reader that has stopped makes a target hold, beside one that reads on. */
export const stoppedReader: Row = {
  name: "stopped-reader",
  title: "A client that stops reading, 10,000 messages/s of 2 KB",
  targets: ["bare", "rabbitql", "rabbitql-32mib", "graphql-ws", "mercurius"],
  context: ["bare", "rabbitql", "graphql-ws", "mercurius"],
  reference: "bare",
  metrics: [
    { key: "heldGrowthMib", title: "held, MiB" },
    { key: "reachableGrowthMib", title: "of it reachable, MiB" },
    { key: "peakGrowthMib", title: "peak, MiB" },
  ],
  goals: [{ of: "rabbitql-32mib", metric: "heldGrowthMib", atMost: BOUND_MIB }],
  fresh: true,
  async measure({ load, target, broker, exchange, measureMs }) {
    return {
      ...(await load.run("stoppedReader", {
        address: target.address,
        pids: target.pids,
        collectable: target.collectable,
        amqpUrl: broker.amqpUrl,
        exchange,
        requests: [messagesOf(exchange)],
        bodyBytes: 2048,
        perSecond: 10_000,
        measureMs,
      })),
    };
  },
};
