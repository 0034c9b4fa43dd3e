import { setTimeout as after } from "node:timers/promises";

import { loadConfig } from "../config/config.ts";
import { createGateway, type Gateway, type GatewayOptions } from "../gateway.ts";
import { createLogger, type Logger } from "../telemetry/logger.ts";
import type { Surroundings } from "./command.ts";
import { startFailure } from "./start-failure.ts";
import { startLines } from "./start-lines.ts";
import { firstStopSignal } from "./stop-signals.ts";

/** As much of a gateway as the command needs. */
export type Serving = Pick<Gateway, "listen" | "close">;

/**
 * `rabbitql`: runs the gateway until a signal stops it. Resolves to 0 once everything is drained, and
 * to 1 where it could not start or did not stop in its time.
 * @throws {ConfigError} before anything is started.
 */
export async function serve(
  args: readonly string[],
  { env, stdout, stderr, process }: Surroundings,
  create: (options: GatewayOptions) => Serving = createGateway,
): Promise<number> {
  const config = loadConfig({ argv: args, env });
  const logger = createLogger({ level: config.logLevel });
  // An unhandled rejection arrives here too. The state is unknown then: the one safe thing is to end.
  process.on("uncaughtException", (err, origin) => {
    logger.fatal({ err, origin }, "the gateway failed");
    process.exit(1);
  });
  const stopped = firstStopSignal(process);

  const gateway = create({ ...config, logger });
  const stop = () => closed(gateway, config.drainTimeoutMs + config.closeTimeoutMs, logger);
  try {
    const listening = await Promise.race([gateway.listen(), stopped]);
    if (typeof listening === "object") stdout.write(startLines(config, listening.url));
  } catch (thrown) {
    stderr.write(`rabbitql: ${startFailure(thrown, config)}\n`);
    await stop();
    return 1;
  }
  logger.info({ signal: await stopped }, "stopping");
  return (await stop()) ? 0 : 1;
}

/** Whether the gateway closed in good order, in `deadlineMs`. */
async function closed(gateway: Serving, deadlineMs: number, logger: Logger): Promise<boolean> {
  const answered = new AbortController();
  const overdue = after(deadlineMs, false, { signal: answered.signal }).catch(() => false);
  try {
    const inTime = await Promise.race([gateway.close().then(() => true), overdue]);
    if (!inTime) logger.error({ deadlineMs }, "the gateway did not stop in its time");
    return inTime;
  } catch (err) {
    logger.error({ err }, "the gateway did not stop in good order");
    return false;
  } finally {
    answered.abort();
  }
}
