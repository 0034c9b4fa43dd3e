import { messagesOf } from "../wire/operations.ts";
import type { Pace } from "../load/pace.ts";
import type { TargetName } from "../run/target.ts";
import { WORK_METRICS, type Goal, type Row } from "./row.ts";

export interface FanOutShape extends Pick<
  Row,
  "name" | "title" | "targets" | "context" | "goals" | "short" | "growth" | "brief"
> {
  readonly subscribers: number;
  readonly bodyBytes: number;
  readonly pace: Pace;
  readonly reference?: TargetName;
}

/** One publisher, and subscribers of one identical subscription. */
export function fanOutRow({
  subscribers,
  bodyBytes,
  pace,
  reference = "bare",
  ...row
}: FanOutShape): Row {
  return {
    ...row,
    reference,
    metrics: WORK_METRICS,
    async measure({ load, target, broker, exchange, warmUpMs, measureMs, most }) {
      return {
        ...(await load.run("fanOut", {
          address: target.address,
          pids: target.pids,
          amqpUrl: broker.amqpUrl,
          exchange,
          requests: [messagesOf(exchange)],
          subscribers: Math.min(subscribers, most),
          bodyBytes,
          pace,
          warmUpMs,
          measureMs,
        })),
      };
    },
  };
}

/** So many messages are on their way, fewer to more subscribers. */
export function backlog(subscribers: number): Pace {
  return { inFlight: subscribers <= 100 ? 32 : subscribers <= 1000 ? 16 : 4 };
}

/** As good as the limit, and so many times as good as the peers. */
export function fanOutGoals(ofLimit: number, ofPeers: number): readonly Goal[] {
  const of = "rabbitql";
  const metric = "cpuMicroseconds";
  return [
    { of, against: "bare", metric, atLeast: ofLimit },
    { of, against: "mercurius", metric, atLeast: ofPeers },
    { of, against: "graphql-ws", metric, atLeast: ofPeers },
  ];
}
