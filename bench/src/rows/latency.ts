import type { Row } from "./row.ts";

/** From publisher to subscriber when there is little to do: over HTTP in and WebSocket out, but for amqplib. */
export const latency: Row = {
  name: "latency",
  title: "Publish to subscriber, 100 messages/s of 200 B, HTTP in and WebSocket out",
  targets: ["amqplib", "rabbitql", "bare", "graphql-ws", "mercurius"],
  context: ["bare", "graphql-ws", "mercurius"],
  reference: "amqplib",
  metrics: [
    { key: "p50Ms", title: "p50 ms", better: "less" },
    { key: "p99Ms", title: "p99 ms", better: "less" },
    { key: "messages", title: "messages" },
  ],
  goals: [
    { of: "rabbitql", against: "amqplib", metric: "p50Ms", atMost: 1.5 },
    { of: "rabbitql", against: "amqplib", metric: "p99Ms", atMost: 1.5 },
  ],
  short: true,
  async measure({ load, target, broker, exchange, warmUpMs, measureMs }) {
    return {
      ...(await load.run("latency", {
        amqpUrl: broker.amqpUrl,
        exchange,
        server: target.name === "amqplib" ? undefined : target.address,
        bodyBytes: 200,
        perSecond: 100,
        warmUpMs,
        measureMs,
      })),
    };
  },
};
