import type { PublishAddress } from "../load/publish-clients.ts";
import { WORK_METRICS, type Row } from "./row.ts";

const against = "amqplib-work";

const shape = (transport: PublishAddress["transport"], row: Pick<Row, "name" | "title">): Row => ({
  ...row,
  targets: [against, "rabbitql"],
  reference: against,
  metrics: WORK_METRICS,
  goals: [{ of: "rabbitql", against, metric: "perSecond", atLeast: 0.7 }],
  short: true,
  async measure({ load, target, broker, exchange, warmUpMs, measureMs, most }) {
    const { address, name, pids } = target;
    return {
      ...(await load.run("requesting", {
        amqpUrl: broker.amqpUrl,
        queue: exchange,
        asking: name === against ? { programPort: address.port } : { ...address, transport },
        inFlight: Math.min(64, most),
        bodyBytes: 200,
        warmUpMs,
        measureMs,
        pids,
      })),
    };
  },
});

/** Requests and their replies, through one responder. */
export const requests: readonly Row[] = [
  shape("graphql-transport-ws", {
    name: "requests",
    title: "Requests of 200 B over one WebSocket, 64 at a time",
  }),
  shape("http", {
    name: "requests-http",
    title: "Requests of 200 B over HTTP, 64 keep-alive clients",
  }),
];
