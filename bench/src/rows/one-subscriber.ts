import { fanOutRow } from "./fan-out.ts";
import { bySubscribers } from "./growth-tables.ts";
import type { Row } from "./row.ts";

const common = {
  targets: ["bare", "rabbitql", "bare-frame", "graphql-ws", "mercurius"],
  subscribers: 1,
  bodyBytes: 200,
} as const;

/** Nobody to share with: what one execution, one text and one frame cost. */
export const oneSubscriber: readonly Row[] = [
  fanOutRow({
    ...common,
    name: "one-subscriber",
    title: "One subscriber, 32 messages of 200 B on their way",
    context: ["bare-frame", "graphql-ws", "mercurius"],
    goals: [{ of: "rabbitql", against: "bare", metric: "cpuMicroseconds", atMost: 1.25 }],
    growth: [bySubscribers(1)],
    pace: { inFlight: 32 },
  }),
  fanOutRow({
    ...common,
    name: "one-subscriber-1000",
    title: "One subscriber, 1,000 messages/s of 200 B",
    context: ["bare", "graphql-ws", "mercurius"],
    goals: [{ of: "rabbitql", against: "bare-frame", metric: "cpuMicroseconds", atMost: 1.25 }],
    reference: "bare-frame",
    pace: { perSecond: 1000 },
  }),
];
