import { backlog, fanOutGoals, fanOutRow } from "./fan-out.ts";
import { byBytes, bySubscribers } from "./growth-tables.ts";
import type { Row } from "./row.ts";

const shape = (subscribers: number, bodyBytes: number, size: string, ofPeers: number) =>
  fanOutRow({
    name: `fan-out-${subscribers}-${bodyBytes}B`,
    title: `Fan-out under backlog, ${subscribers.toLocaleString("en")} subscribers, ${size}`,
    targets: ["bare", "rabbitql", "bare-frame", "graphql-ws", "mercurius", "yoga", "web-stomp"],
    context: ["bare-frame", "yoga", "web-stomp"],
    goals: fanOutGoals(0.9, ofPeers),
    growth: [
      ...(bodyBytes === 200 ? [bySubscribers(subscribers)] : []),
      ...(subscribers === 100 ? [byBytes(bodyBytes)] : []),
    ],
    subscribers,
    bodyBytes,
    pace: backlog(subscribers),
    short: bodyBytes === 200 && subscribers === 100,
  });

/** Messages always wait, so that what can be done for several at once is. */
export const fanOutBacklog: readonly Row[] = [
  shape(100, 200, "200 B", 15),
  shape(100, 2048, "2 KB", 15),
  shape(1000, 200, "200 B", 25),
  shape(1000, 2048, "2 KB", 25),
];
