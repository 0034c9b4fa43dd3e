import { instanceOf } from "../run/start-target.ts";
import { WORK_METRICS, type Row } from "./row.ts";

const PATTERNS = 1000;
const against = "amqplib-patterns";
const of = "rabbitql";

/** Nothing to share: every subscription has a pattern, and so a queue, of its own. */
export const manyPatterns: Row = {
  name: "patterns",
  title: "1,000 subscriptions with 1,000 patterns, 10 of which match each message of 200 B",
  targets: ["amqplib-patterns", "rabbitql"],
  reference: against,
  metrics: [
    ...WORK_METRICS,
    { key: "setUpMs", title: "set-up ms each", better: "less" },
    { key: "cyclesPerSecond", title: "cycles/s", better: "more" },
  ],
  goals: [
    { of, against, metric: "setUpMs", atLeast: 0.9 },
    { of, against, metric: "perSecond", atLeast: 0.9 },
    { of, against, metric: "cyclesPerSecond", atLeast: 0.9 },
  ],
  short: true,
  async measure({ load, target, broker, exchange, warmUpMs, measureMs, most }) {
    const { port, path } = target.address;
    const task = target.name === "rabbitql" ? "patterns" : "patternsReference";
    return {
      ...(await load.run(task, {
        amqpUrl: broker.amqpUrl,
        managementUrl: broker.managementUrl,
        queuePrefix: `gql.${instanceOf(target.name)}.`,
        exchange,
        port,
        path,
        patterns: Math.min(PATTERNS, most),
        bodyBytes: 200,
        inFlight: 64,
        churning: 8,
        warmUpMs,
        measureMs,
        pids: target.pids,
      })),
    };
  },
};
