import { backlog, fanOutRow } from "./fan-out.ts";
import { publishRow } from "./publish.ts";
import type { Row } from "./row.ts";

const targets = ["workers-1", "workers-2"] as const;
const reference = "workers-1";

/** One process and two, each wherever the system puts it. */
export const workers: readonly Row[] = [
  publishRow(
    { clients: 64, reference },
    {
      name: "workers-publish",
      title: "Workers: publish over HTTP, 64 keep-alive clients, 200 B",
      targets,
      goals: [],
      short: true,
    },
  ),
  fanOutRow({
    name: "workers-fan-out",
    title: "Workers: fan-out under backlog, 1,000 subscribers, 200 B",
    targets,
    reference,
    goals: [],
    subscribers: 1000,
    bodyBytes: 200,
    pace: backlog(1000),
    short: true,
  }),
];
