import { backlog, fanOutRow } from "./fan-out.ts";

/** The same fan-out over GraphQL over SSE and over WebSockets. */
export const eventStream = fanOutRow({
  name: "sse-1000",
  title: "Fan-out over SSE under backlog, 1,000 subscribers, 200 B",
  targets: ["rabbitql", "rabbitql-sse", "yoga"],
  context: ["yoga"],
  reference: "rabbitql",
  goals: [{ of: "rabbitql-sse", against: "rabbitql", metric: "cpuMicroseconds", atLeast: 0.5 }],
  subscribers: 1000,
  bodyBytes: 200,
  pace: backlog(1000),
  short: true,
});
