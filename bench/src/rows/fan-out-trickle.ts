import { fanOutRow } from "./fan-out.ts";
import type { Row } from "./row.ts";

const shape = (perSecond: number) =>
  fanOutRow({
    name: `fan-out-trickle-${perSecond}`,
    title: `Fan-out without backlog, 1,000 subscribers, ${perSecond} messages/s of 200 B`,
    targets: ["bare-frame", "rabbitql", "graphql-ws", "mercurius"],
    context: ["mercurius"],
    reference: "bare-frame",
    goals: [
      { of: "rabbitql", against: "bare-frame", metric: "cpuMicroseconds", atLeast: 0.9 },
      { of: "rabbitql", against: "graphql-ws", metric: "cpuMicroseconds", atLeast: 3 },
    ],
    subscribers: 1000,
    bodyBytes: 200,
    pace: { perSecond },
  });

/** Each message comes alone: nothing can be done for several at once, and every user gets this part. */
export const fanOutTrickle: readonly Row[] = [shape(10), shape(50)];
