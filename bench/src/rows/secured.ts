import { backlog, fanOutRow } from "./fan-out.ts";
import { publishRow } from "./publish.ts";
import type { Row } from "./row.ts";

const reference = "rabbitql";
const common = {
  targets: [reference, "rabbitql-secured"],
  goals: [{ of: "rabbitql-secured", against: reference, metric: "cpuMicroseconds", atLeast: 0.95 }],
  short: true,
} as const;

/** Two gateways in turn, one of which knows who is asking and has a policy. */
export const secured: readonly Row[] = [
  fanOutRow({
    ...common,
    reference,
    name: "secured-fan-out-100-200B",
    title: "Authentication and a policy: fan-out under backlog, 100 subscribers, 200 B",
    subscribers: 100,
    bodyBytes: 200,
    pace: backlog(100),
  }),
  publishRow(
    { clients: 64, reference },
    {
      ...common,
      name: "secured-publish-http",
      title: "Authentication and a policy: publish over HTTP, 64 keep-alive clients, 200 B",
    },
  ),
  publishRow(
    { clients: 64, overWebSocket: common.targets, reference },
    {
      ...common,
      name: "secured-publish-websocket",
      title:
        "Authentication and a policy: publish over one WebSocket, 64 mutations at a time, 200 B",
    },
  ),
];
