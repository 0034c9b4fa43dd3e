import { ANONYMOUS } from "../../../../src/access/caller.ts";
import { getOperationAST, parse } from "graphql";
import { Broker } from "../../../../src/broker/broker.ts";
import { resolveConfig } from "../../../../src/config/config.ts";
import type { SubscriberBounds } from "../../../../src/feed/event-queue.ts";
import { Feeds } from "../../../../src/feed/feeds.ts";
import { CursorCodec } from "../../../../src/replay/cursor-codec.ts";
import { Replays } from "../../../../src/replay/replays.ts";
import { schema } from "../../../../src/schema/schema.ts";
import { FanOut } from "../../../../src/server/fan-out/fan-out.ts";
import type { Operation, OperationRequest } from "../../../../src/server/pipeline.ts";
import { createLogger } from "../../../../src/telemetry/logger.ts";
import { DeadLetters } from "../../../../src/work/dead-letters.ts";
import { Deliveries } from "../../../../src/work/deliveries.ts";
import { ScriptedAdapter } from "../../../harness/scripted-adapter.ts";
import { Metrics } from "../../../../src/telemetry/metrics.ts";

/** Of all tests that count nothing: making them takes longer than most tests. */
export const METRICS = new Metrics();
export const CONFIG = resolveConfig();
export const QUIET = createLogger({ level: "silent" });

/** Fan-out over a broker that does what the test says; `metrics` are its own where a test counts. */
export function scriptedFanOut(
  bounds: SubscriberBounds = { maxMessages: 1_000, maxBytes: 1_048_576 },
  metrics = METRICS,
) {
  const adapter = new ScriptedAdapter();
  const broker = new Broker(adapter, CONFIG, { logger: QUIET, metrics });
  const feeds = new Feeds(broker, bounds, metrics);
  const replays = new Replays(broker, new CursorCodec("of a test"), metrics);
  const deliveries = new Deliveries(broker, CONFIG, metrics);
  const deadLetters = new DeadLetters(broker, CONFIG, deliveries.attempts);
  const context = {
    caller: ANONYMOUS,
    broker,
    feeds,
    deadLetters,
    deliveries,
    replays,
    maxBatchSize: 1,
  };
  const fanOut = new FanOut(schema, feeds, QUIET);
  return { adapter, broker, feeds, context, metrics, fanOut };
}

/** A request that is known to be valid, ready to be executed. */
export function operation(
  query: string,
  variables: OperationRequest["variables"] = {},
  operationName?: string,
): Operation {
  const document = parse(query);
  const definition = getOperationAST(document, operationName);
  if (!definition) throw new Error(`No operation in ${query}`);
  return { query, operationName, variables, document, definition };
}
