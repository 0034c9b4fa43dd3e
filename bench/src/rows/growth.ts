import { backlog, fanOutRow } from "./fan-out.ts";
import type { Row } from "./row.ts";

const targets = ["bare", "rabbitql", "graphql-ws", "mercurius"] as const;
const SUBSCRIBERS = [1, 10, 100, 1000, 10_000];
const BODY_BYTES = [64, 200, 2048, 16_384];

/** How fan-out under backlog grows with subscribers, and with the size of messages. */
export const growth: readonly Row[] = [
  ...SUBSCRIBERS.map((subscribers) =>
    fanOutRow({
      name: `growth-subscribers-${subscribers}`,
      title: `Fan-out under backlog, ${subscribers.toLocaleString("en")} subscribers, 200 B`,
      growth: {
        table: "Fan-out under backlog of 200 B, by subscribers",
        point: subscribers.toLocaleString("en"),
      },
      targets,
      goals: [],
      subscribers,
      bodyBytes: 200,
      pace: backlog(subscribers),
    }),
  ),
  ...BODY_BYTES.map((bodyBytes) =>
    fanOutRow({
      name: `growth-bytes-${bodyBytes}`,
      title: `Fan-out under backlog, 100 subscribers, ${bodyBytes.toLocaleString("en")} B`,
      growth: {
        table: "Fan-out under backlog to 100 subscribers, by bytes of a message",
        point: bodyBytes.toLocaleString("en"),
      },
      targets,
      goals: [],
      subscribers: 100,
      bodyBytes,
      pace: backlog(100),
    }),
  ),
];
