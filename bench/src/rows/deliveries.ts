import { WORK_METRICS, type Row } from "./row.ts";

const against = "amqplib-work";

/** A work queue: its messages taken and acknowledged, one by one in plain amqplib, by a client over one WebSocket. */
export const deliveries: Row = {
  name: "deliveries",
  title: "Deliveries of 200 B acknowledged in batches of 50 over one WebSocket, prefetch 200",
  targets: [against, "rabbitql"],
  reference: against,
  metrics: WORK_METRICS,
  goals: [{ of: "rabbitql", against, metric: "perSecond", atLeast: 0.7 }],
  short: true,
  async measure({ load, target, broker, exchange, warmUpMs, measureMs }) {
    const { address, name, pids } = target;
    return {
      ...(await load.run("delivering", {
        amqpUrl: broker.amqpUrl,
        queue: exchange,
        taking: name === against ? { programPort: address.port } : address,
        prefetch: 200,
        batch: 50,
        inFlight: 1000,
        bodyBytes: 200,
        warmUpMs,
        measureMs,
        pids,
      })),
    };
  },
};
