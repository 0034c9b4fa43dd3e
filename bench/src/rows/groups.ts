import type { GraphQLRequest } from "../wire/operations.ts";
import { WORK_METRICS, type Row } from "./row.ts";

const GROUPS = 50;
const SUBSCRIBERS = 1000;
const BODY_BYTES = 200;

/** Half of the groups differ in what they select, and each of those has two sets of variables. */
function requests(exchange: string): GraphQLRequest[] {
  return Array.from({ length: GROUPS }, (_, group) => {
    const query = `subscription Group($exchange: String!, $again: Boolean!) {
      messages(exchange: $exchange) {
        key${Math.floor(group / 2)}: routingKey
        json
        redelivered @include(if: $again)
      }
    }`;
    return { query, variables: { exchange, again: group % 2 === 1 } };
  });
}

/** Subscribers who want the same messages, and other things of them. */
export const groups: Row = {
  name: "groups",
  title: "1,000 subscribers in 50 groups of other selections and variables, 200 B",
  targets: ["bare", "rabbitql", "graphql-ws", "mercurius"],
  context: ["graphql-ws", "mercurius"],
  reference: "bare",
  metrics: WORK_METRICS,
  goals: [{ of: "rabbitql", against: "bare", metric: "cpuMicroseconds", atLeast: 0.7 }],
  short: true,
  async measure({ load, target, broker, exchange, warmUpMs, measureMs, most }) {
    return {
      ...(await load.run("fanOut", {
        address: target.address,
        pids: target.pids,
        amqpUrl: broker.amqpUrl,
        exchange,
        requests: requests(exchange),
        subscribers: Math.min(SUBSCRIBERS, most),
        bodyBytes: BODY_BYTES,
        pace: { inFlight: 16 },
        warmUpMs,
        measureMs,
      })),
    };
  },
};
