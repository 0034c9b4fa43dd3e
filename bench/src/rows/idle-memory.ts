import { messagesOf } from "../wire/operations.ts";
import type { Row } from "./row.ts";

const shape = (subscribers: number): Row => ({
  name: `memory-${subscribers}`,
  title: `Memory of an idle subscriber, ${subscribers.toLocaleString("en")} of them`,
  targets: ["bare", "rabbitql", "graphql-ws", "mercurius"],
  context: ["bare", "graphql-ws", "mercurius"],
  reference: "bare",
  metrics: [{ key: "kibPerSubscriber", title: "KiB a subscriber", better: "less" }],
  goals: [{ of: "rabbitql", metric: "kibPerSubscriber", atMost: 20 }],
  fresh: true,
  async measure({ load, target, broker, exchange, most }) {
    return {
      ...(await load.run("idle", {
        address: target.address,
        pids: target.pids,
        collectable: target.collectable,
        amqpUrl: broker.amqpUrl,
        exchange,
        requests: [messagesOf(exchange)],
        subscribers: Math.min(subscribers, most),
        bodyBytes: 200,
      })),
    };
  },
});

/** What a target keeps for a subscriber that is connected and live, after its garbage was collected. */
export const idleMemory: readonly Row[] = [shape(1000), shape(10_000)];
