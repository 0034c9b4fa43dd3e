import { backlog, fanOutRow } from "./fan-out.ts";
import { byBytes, bySubscribers } from "./growth-tables.ts";
import type { GrowthPoint, Row } from "./row.ts";

const point = (name: string, subscribers: number, bodyBytes: number, growth: GrowthPoint): Row =>
  fanOutRow({
    name,
    title: `${growth.table}: ${growth.point}`,
    targets: ["bare", "rabbitql", "graphql-ws", "mercurius"],
    context: ["graphql-ws", "mercurius"],
    goals: [],
    growth: [growth],
    brief: true,
    subscribers,
    bodyBytes,
    pace: backlog(subscribers),
  });

/** How fan-out under backlog grows with subscribers, and with the size of messages: what other rows do not measure. */
export const growth: readonly Row[] = [
  ...[10, 10_000].map((subscribers) =>
    point(`growth-subscribers-${subscribers}`, subscribers, 200, bySubscribers(subscribers)),
  ),
  ...[64, 16_384].map((bytes) => point(`growth-bytes-${bytes}`, 100, bytes, byBytes(bytes))),
];
