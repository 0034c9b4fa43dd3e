import { CodedError, type ErrorCode } from "../../errors.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { Broker } from "../broker.ts";
import type { ExchangeDescription } from "../topology.ts";
import type { Definitions } from "./definitions.ts";

/** What failed so is tried again with the next connection. */
const PASSING: ReadonlySet<ErrorCode> = new Set(["BROKER_UNAVAILABLE", "REQUEST_TIMEOUT"]);

/**
 * Declares everything as soon as the broker is connected, once; what is there already and just so stays as it
 * is. What the broker refuses is logged, each with its reason, and keeps nothing else from being declared.
 * Resolves when that is done.
 */
export function declareDefinitions(
  definitions: Definitions,
  broker: Broker,
  logger: Logger,
): Promise<void> {
  return new Promise((resolve) => {
    let isUnderWay = false;
    let hasChanged = false;
    const attempt = async (): Promise<void> => {
      hasChanged = true;
      if (isUnderWay) return;
      isUnderWay = true;
      let isDone = false;
      // Where the broker has gone and come back meanwhile, once more.
      while (!isDone && hasChanged && broker.status.state === "connected") {
        hasChanged = false;
        isDone = await declareAll(definitions, broker, logger);
      }
      isUnderWay = false;
      if (!isDone) return;
      stop();
      resolve();
    };
    const stop = broker.onStatus(() => void attempt());
    void attempt();
  });
}

/** False where the broker went away in between. */
async function declareAll(
  { exchanges, queues, bindings, skipped }: Definitions,
  broker: Broker,
  logger: Logger,
): Promise<boolean> {
  let failed = 0;
  let isInterrupted = false;
  const each = async <T>(items: readonly T[], declare: (item: T) => Promise<unknown>) => {
    const outcomes = await Promise.allSettled(items.map(declare));
    for (const outcome of outcomes) {
      if (outcome.status === "fulfilled") continue;
      const error: unknown = outcome.reason;
      if (error instanceof CodedError && PASSING.has(error.code)) isInterrupted = true;
      else {
        failed++;
        logger.error({ err: error }, "a definition was not declared");
      }
    }
  };
  await each(exchanges, (exchange) => declareExchange(exchange, broker));
  await each(queues, (queue) => broker.declareQueue(queue));
  await each(bindings, (binding) => broker.bind(binding));
  if (isInterrupted) return false;
  const counts = {
    exchanges: exchanges.length,
    queues: queues.length,
    bindings: bindings.length,
    failed,
    skipped,
  };
  if (failed > 0) logger.error(counts, "the definitions do not fit the broker");
  else logger.info(counts, "the broker has what the definitions say");
  return true;
}

async function declareExchange(
  { typeName, type, ...spec }: ExchangeDescription,
  broker: Broker,
): Promise<void> {
  if (type === undefined)
    throw new CodedError(
      "NOT_SUPPORTED",
      `Exchange ${JSON.stringify(spec.name)} is of type ${JSON.stringify(typeName)}, a plugin's; declare it with RabbitMQ's own tools`,
    );
  await broker.declareExchange({ ...spec, type });
}
