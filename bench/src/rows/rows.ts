import { deliveries } from "./deliveries.ts";
import { eventStream } from "./event-stream.ts";
import { fanOutBacklog } from "./fan-out-backlog.ts";
import { fanOutTrickle } from "./fan-out-trickle.ts";
import { groups } from "./groups.ts";
import { growth } from "./growth.ts";
import { idleMemory } from "./idle-memory.ts";
import { latency } from "./latency.ts";
import { manyPatterns } from "./many-patterns.ts";
import { neighbours } from "./neighbours.ts";
import { oneSubscriber } from "./one-subscriber.ts";
import { publish } from "./publish.ts";
import { requests } from "./requests.ts";
import type { Row } from "./row.ts";
import { secured } from "./secured.ts";
import { stoppedReader } from "./stopped-reader.ts";
import { workers } from "./workers.ts";

export const ROWS: readonly Row[] = [
  ...fanOutBacklog,
  ...fanOutTrickle,
  ...oneSubscriber,
  groups,
  eventStream,
  ...publish,
  latency,
  deliveries,
  ...requests,
  ...secured,
  ...idleMemory,
  manyPatterns,
  stoppedReader,
  neighbours,
  ...workers,
  ...growth,
];
